import { asError } from '@fraudflow/core';
import type { BatchContext, BatchHandler, Middleware } from './batch-handler.js';
import type { DeadLetter, DeadLetters } from './dead-letters.js';
import type { DecodedRecord } from './decoded-record.js';
import { classify } from './failure.js';

/** How often a lone record may fail before it counts as poison: a handler's bug may depend on timing, a bad record never does. */
const POISON_ATTEMPTS = 2;

/**
 * Finds the bad records of a failing batch by halving it, in order, and sets them aside, so that one poison record never holds up
 * its partition. Records the handler itself rejects go the same way. All letters are written before the batch counts as done.
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

/** Runs the handler and writes what it rejected. Returns the error if the batch holds poison; throws any other. */
async function attempt<Value>(
  next: BatchHandler<Value>,
  deadLetters: DeadLetters,
  records: readonly DecodedRecord<Value>[],
  context: BatchContext,
): Promise<Error | undefined> {
  // By record, because a batch that is tried again rejects the same ones again.
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
