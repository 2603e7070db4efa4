import { type KeyedRecord, Pacer } from '@fraudflow/bench';
import { DAY_MS } from '@fraudflow/core';
import { expect, test } from 'vitest';
import { PacedSender, type Sending } from './paced-sender.js';

const HOUR_MS = DAY_MS / 24;
/** Items are event times. */
const TIMES: Sending<number> = {
  recordsOf: (timeMs) => [{ topic: 't', key: String(timeMs), value: '', eventId: '', occurredAt: '' }],
  timeOf: (timeMs) => timeMs,
};

/** A writer whose calls the test acknowledges. */
class HeldWriter {
  readonly calls: { readonly keys: readonly string[]; acknowledge(): void }[] = [];

  write(records: readonly KeyedRecord[]): Promise<void> {
    return new Promise((resolve) =>
      this.calls.push({ keys: records.map(({ key }) => key), acknowledge: () => resolve() }),
    );
  }
}

async function sendAll(sender: PacedSender, items: readonly number[]): Promise<void> {
  for await (const _piece of sender.send(items, TIMES));
  await sender.settle();
}

/** Lets everything run that does not wait for an acknowledgement. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
}

test('a write spans at most six hours of event time', async () => {
  const writer = new HeldWriter();
  const sending = sendAll(
    new PacedSender(writer, new Pacer(Infinity)),
    [0, 2, 6, 7, 9].map((hours) => hours * HOUR_MS),
  );
  await turns();

  for (const { acknowledge } of writer.calls) acknowledge();
  await sending;

  expect(writer.calls.map(({ keys }) => keys.length)).toEqual([3, 2]);
});

test('a write waits until every write that began more than a day earlier in event time is acknowledged', async () => {
  const writer = new HeldWriter();
  const sending = sendAll(new PacedSender(writer, new Pacer(Infinity)), [0, DAY_MS, 1.5 * DAY_MS]);
  await turns();
  const before = writer.calls.length;

  writer.calls[0]?.acknowledge();
  await turns();
  const after = writer.calls.length;
  for (const { acknowledge } of writer.calls) acknowledge();
  await sending;

  expect([before, after]).toEqual([2, 3]);
});

test('a gap in the history waits for all that was sent before it', async () => {
  const writer = new HeldWriter();
  const sending = sendAll(new PacedSender(writer, new Pacer(Infinity)), [0, HOUR_MS, 30 * DAY_MS]);
  await turns();
  const before = writer.calls.length;

  writer.calls[0]?.acknowledge();
  await turns();
  const after = writer.calls.length;
  writer.calls[1]?.acknowledge();
  await sending;

  expect([before, after]).toEqual([1, 2]);
});
