import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { defineTopic, type StageStore, type TopicDefinition } from '@fraudflow/contracts';
import { delay } from '@fraudflow/core';
import { silentLogger } from '@fraudflow/observability';
import {
  ConsumerRuntime,
  ensureTopics,
  EventProducer,
  readTopic,
  type AnySubscription,
  type ConsumerRuntimeOptions,
  type DecodedRecord,
  type EventBus,
  type StageDependencies,
} from '@fraudflow/messaging';

/** The implementation under test: a bus on an empty or shared log, and a state store. */
export interface EventBusUnderTest {
  readonly bus: EventBus;
  readonly store: StageStore;
  /** Empties the store, as if its server had restarted without its data. */
  loseState(): Promise<void>;
  close(): Promise<void>;
}

export interface Tick {
  readonly key: string;
  readonly n: number;
}

export const PATIENCE_MS = 25_000;

/** Polls until the condition holds. @throws Error with `what` after `timeoutMs` */
export async function waitFor(
  what: string,
  condition: () => boolean | Promise<boolean>,
  timeoutMs = PATIENCE_MS,
): Promise<void> {
  const giveUpAt = performance.now() + timeoutMs;
  while (!(await condition())) {
    if (performance.now() > giveUpAt) throw new Error(`timed out after ${timeoutMs} ms: waited for ${what}`);
    await delay(10);
  }
}

export function aTopic(overrides: Partial<TopicDefinition<Tick>> = {}): TopicDefinition<Tick> {
  return defineTopic<Tick>({
    name: `conformance.${randomUUID().slice(0, 8)}`,
    keyedBy: 'key',
    keyOf: (tick) => tick.key,
    schema: z.object({ key: z.string(), n: z.int() }),
    partitions: 3,
    owner: 'conformance',
    description: 'topic of one test',
    ...overrides,
  });
}

/** Ticks 0 … count-1 over `keys` keys, ascending per key. */
export function ticks(count: number, keys = 7): Tick[] {
  return Array.from({ length: count }, (_, n) => ({ key: `k${n % keys}`, n }));
}

/** Producer, topics and runtimes of one test. `close` stops all of them. */
export class Bench {
  readonly producer: EventProducer;
  private readonly running = new Set<{ stop(timeoutMs?: number): Promise<void> }>();

  constructor(readonly under: EventBusUnderTest) {
    this.producer = new EventProducer(under.bus);
  }

  async topic(overrides: Partial<TopicDefinition<Tick>> = {}): Promise<TopicDefinition<Tick>> {
    const topic = aTopic(overrides);
    await ensureTopics(this.under.bus.admin, [topic], { partitions: 3 });
    return topic;
  }

  async send(topic: TopicDefinition<Tick>, values: readonly Tick[]): Promise<void> {
    await this.producer.send(
      topic,
      values.map((value) => ({ value })),
    );
  }

  async consume(
    groupId: string,
    subscriptions: readonly AnySubscription[],
    more: Partial<ConsumerRuntimeOptions> = {},
  ): Promise<ConsumerRuntime> {
    const runtime = new ConsumerRuntime({
      bus: this.under.bus,
      producer: this.producer.raw,
      logger: silentLogger,
      groupId,
      subscriptions,
      retry: { firstBackoffMs: 10, lastBackoffMs: 50 },
      ...more,
    });
    return this.keep(runtime);
  }

  async keep(runtime: ConsumerRuntime): Promise<ConsumerRuntime> {
    this.running.add(runtime);
    await runtime.start();
    return runtime;
  }

  dependencies(tuning: StageDependencies['tuning'] = {}): StageDependencies {
    const retry = { firstBackoffMs: 10, lastBackoffMs: 50 };
    return {
      bus: this.under.bus,
      producer: this.producer,
      logger: silentLogger,
      tuning: { retry, maxBatchRecords: 50, ...tuning },
    };
  }

  async records(topic: string): Promise<DecodedRecord<Buffer | null>[]> {
    const found: DecodedRecord<Buffer | null>[] = [];
    for await (const record of readTopic(this.under.bus.admin, topic, { until: 'end' })) found.push(record);
    return found;
  }

  async values(topic: string): Promise<Tick[]> {
    return (await this.records(topic)).map((record) => JSON.parse(String(record.value)) as Tick);
  }

  async close(): Promise<void> {
    await Promise.all([...this.running].map((runtime) => runtime.stop(5_000)));
    await this.producer.close();
  }
}

export const newName = (prefix: string): string => `${prefix}-${randomUUID().slice(0, 8)}`;

/** Values grouped by key, in order of appearance. */
export function byKey(values: readonly Tick[]): Map<string, number[]> {
  const groups = new Map<string, number[]>();
  for (const { key, n } of values) groups.set(key, [...(groups.get(key) ?? []), n]);
  return groups;
}

/** Each number once, at its first appearance. */
export function firstAppearances(numbers: readonly number[]): number[] {
  return [...new Set(numbers)];
}
