import type { ModelEvent } from '@fraudflow/contracts';
import { unavailable } from '@fraudflow/core';
import { createMetrics, silentLogger } from '@fraudflow/observability';
import { expect, test, vi } from 'vitest';
import { RegistryEvents } from '../events.js';
import { ModelEventPublisher } from './model-event-publisher.port.js';
import { Outbox } from './outbox.port.js';
import { OutboxRelay } from './outbox-relay.js';

class FakeOutbox extends Outbox {
  constructor(public waiting: ModelEvent[]) {
    super();
  }

  override async drain(limit: number, publish: (events: readonly ModelEvent[]) => Promise<void>): Promise<number> {
    const batch = this.waiting.slice(0, limit);
    if (batch.length > 0) await publish(batch);
    this.waiting = this.waiting.slice(batch.length);
    return batch.length;
  }

  override async pending(): Promise<number> {
    return this.waiting.length;
  }
}

class FakePublisher extends ModelEventPublisher {
  readonly published: number[] = [];
  attempts = 0;

  constructor(private readonly behave: (attempt: number) => Promise<void>) {
    super();
  }

  override async publish(events: readonly ModelEvent[]): Promise<void> {
    this.attempts += 1;
    await this.behave(this.attempts);
    this.published.push(...events.map(({ sequence }) => sequence));
  }
}

const event = (sequence: number): ModelEvent => ({
  event_id: `e${sequence}`,
  sequence,
  kind: 'version_created',
  model_name: 'm',
  model_version: '1',
  actor: 'ann',
  occurred_at: '2026-04-01T12:00:00.000Z',
});

const many = (count: number): ModelEvent[] => Array.from({ length: count }, (_, i) => event(i + 1));
const telemetry = (): RegistryEvents => new RegistryEvents(silentLogger, createMetrics('registry'));

test('all pending events are published in order, in any number of batches', async () => {
  const publisher = new FakePublisher(async () => undefined);
  const relay = new OutboxRelay(new FakeOutbox(many(1_100)), publisher, telemetry(), 1);

  const count = await relay.drainOnce();

  expect(count).toBe(1_100);
  expect(publisher.published).toEqual(many(1_100).map(({ sequence }) => sequence));
});

test('while the log is unavailable events are kept and one error is reported; then they are published', async () => {
  const publisher = new FakePublisher(async (attempt) => {
    if (attempt <= 3) throw unavailable('no broker');
  });
  const outbox = new FakeOutbox(many(2));
  const events = telemetry();
  const [stalled, recovered] = [vi.spyOn(events, 'relayStalled'), vi.spyOn(events, 'relayRecovered')];
  const relay = new OutboxRelay(outbox, publisher, events, 1);

  relay.start();
  await vi.waitFor(() => expect(outbox.waiting).toEqual([]));
  await relay.stop();

  expect(publisher.published).toEqual([1, 2]);
  expect(stalled).toHaveBeenCalledOnce();
  expect(recovered).toHaveBeenCalledWith(3);
});

test('a publisher that never responds does not delay the stop, and its events are kept', async () => {
  const publisher = new FakePublisher(() => new Promise(() => undefined));
  const outbox = new FakeOutbox(many(1));
  const relay = new OutboxRelay(outbox, publisher, telemetry(), 1);
  relay.start();
  await vi.waitFor(() => expect(publisher.attempts).toBe(1));

  await relay.stop();

  expect(outbox.waiting).toHaveLength(1);
});
