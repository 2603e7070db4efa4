import { AppError } from '@fraudflow/core';
import type { BatchContext } from '../consumer/handling/batch-handler.js';
import { DecodedRecord } from '../consumer/handling/decoded-record.js';
import type { ValueDecoder } from '../consumer/json-decoder.js';
import type { BusAdmin, OffsetRange } from '../port/bus.js';
import type { RawRecord, TopicPartition } from '../port/record.js';
import { dropSeen } from './source-marks.js';
import type { StageEffects, StageProcessor } from './stage-definition.js';

/** Reads the input records of one entity (those with its key) below an offset. */
export type EntityHistory<Input> = (key: string, until: number) => AsyncIterable<readonly DecodedRecord<Input>[]>;

type Writes = NonNullable<StageEffects['writes']>;

/** Code for states that another version has written: the whole partition is rebuilt, not single entities. */
const OTHER_LAYOUT = 'STATE_LAYOUT_OTHER';

/** Bytes per read of the log. */
const READ_BYTES = 4 * 1024 * 1024;

/**
 * Reads an entity's records from the start of a partition's log, or from the offset that `startOf` returns. Other
 * records are skipped undecoded, and unreadable ones are skipped as in normal processing.
 */
export function entityHistory<Input>(
  admin: BusAdmin,
  target: TopicPartition,
  decode: ValueDecoder<Input>,
  startOf: (range: OffsetRange) => Promise<number> = async ({ start }) => start,
): EntityHistory<Input> {
  const { topic, partition } = target;
  const decoded = (raw: RawRecord): readonly DecodedRecord<Input>[] => {
    try {
      return [new DecodedRecord(topic, partition, raw, decode(raw))];
    } catch {
      return [];
    }
  };
  return async function* (key, until) {
    const bytes = Buffer.from(key);
    const range = (await admin.offsets(topic))[partition];
    let offset = range === undefined ? 0 : await startOf(range);
    while (offset < until) {
      const { records, nextOffset } = await admin.read({ topic, partition }, offset, READ_BYTES);
      if (nextOffset <= offset) return;
      offset = nextOffset;
      yield records.filter((raw) => raw.offset < until && raw.key?.equals(bytes)).flatMap(decoded);
    }
  };
}

/**
 * Computes the states of one entity from its records alone, with a new processor.
 * @returns the states to write, by key
 * @throws errors of the processor or the log
 */
export async function recomputeEntity<Input>(
  processor: StageProcessor<Input>,
  history: AsyncIterable<readonly DecodedRecord<Input>[]>,
  context: BatchContext,
): Promise<Writes> {
  const writes = new Map<string, Uint8Array | null>();
  const marks = new Map<string, number>();
  const read = async (keys: readonly string[]) => keys.map((key) => writes.get(key) ?? undefined);
  const take = async (records: readonly DecodedRecord<Input>[], mayDefer: boolean): Promise<void> => {
    const effects = await processor.process(records, {
      ...context,
      mayDefer,
      read,
      scan: async () => ({ keys: [], cursor: undefined }),
    });
    for (const [key, state] of effects.writes ?? []) writes.set(key, state);
  };
  for await (const piece of history) {
    if (context.signal.aborted) break;
    const { records, seen } = dropSeen(piece, marks);
    for (const [source, mark] of seen) marks.set(source, mark);
    if (records.length > 0) await take(records, true);
    await context.heartbeat();
  }
  await take([], false);
  return writes;
}

/** The entity whose stored bytes are damaged; undefined for other errors and for an unknown entity. */
export function damagedEntity(thrown: unknown): string | undefined {
  if (!isCorruptState(thrown) || thrown.code === OTHER_LAYOUT) return undefined;
  const { entity } = thrown.details;
  return typeof entity === 'string' ? entity : undefined;
}

/** True for an error of stored state that is damaged or has another layout. */
export function isCorruptState(thrown: unknown): thrown is AppError {
  return thrown instanceof AppError && (thrown.code === 'STATE_CORRUPT' || thrown.code === OTHER_LAYOUT);
}
