import { asError } from '@fraudflow/core';
import type { BatchContext, BatchHandler, Middleware } from './batch-handler.js';
import type { DeadLetter, DeadLetters } from './dead-letters.js';
import type { DecodedRecord } from './decoded-record.js';
import { classify } from './failure.js';

/**
 * Attempts of a single record before it counts as poison: a bug in a handler may depend on timing, a bad record always
 * fails.
 */
const POISON_ATTEMPTS = 2;

/**
 * Finds the bad records of a failing batch by bisection, in offset order, and dead-letters them, so that a poison
 * record does not block its partition. Records that the handler rejects are dead-lettered too. All letters are written
 * before the batch counts as handled.
 */
export function deadLettered(deadLetters: DeadLetters): Middleware {
  return <Value>(next: BatchHandler<Value>): BatchHandler<Value> => {
    const handle: BatchHandler<Value> = async (records, context) => {
      const poison = await attempt(next, deadLetters, records, context);
      if (!poison) return;
      if (records.length > 1) return handleHalves(records, context);
      for (let attempts = 1; attempts < POISON_ATTEMPTS; attempts++) {
        if (!(await attempt(next, deadLetters, records, context))) return;
      }
      await deadLetters.write(
        records.map((origin) => ({ origin, raw: origin.raw, reason: poison, attempts: POISON_ATTEMPTS })),
      );
    };

    const handleHalves: BatchHandler<Value> = async (records, context) => {
      const middle = records.length >> 1;
      for (const half of [records.slice(0, middle), records.slice(middle)]) {
        await context.heartbeat();
        await handle(half, { ...context, ...offsetsOf(half) });
      }
    };
    return handle;
  };
}

/**
 * Runs the handler and writes the records that it rejected. Returns the error if the batch contains poison; rethrows
 * any other.
 */
async function attempt<Value>(
  next: BatchHandler<Value>,
  deadLetters: DeadLetters,
  records: readonly DecodedRecord<Value>[],
  context: BatchContext,
): Promise<Error | undefined> {
  // Keyed by record, because a batch that is retried rejects the same records again.
  const letters = new Map<DecodedRecord, DeadLetter>();
  const reject = (record: DecodedRecord, reason: Error): void => {
    letters.set(record, { origin: record, raw: record.raw, reason, attempts: 1 });
  };
  try {
    await next(records, { ...context, reject });
  } catch (thrown) {
    if (classify(thrown) !== 'poison') throw thrown;
    return asError(thrown);
  }
  if (letters.size > 0) await deadLetters.write([...letters.values()]);
  return undefined;
}

function offsetsOf(records: readonly DecodedRecord[]): { firstOffset: number; lastOffset: number } {
  return { firstOffset: records[0]?.offset ?? 0, lastOffset: records.at(-1)?.offset ?? 0 };
}
