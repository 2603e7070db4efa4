import type { StageStore, TopicDefinition } from '@fraudflow/contracts';
import { output, type StageProcessor } from '@fraudflow/messaging';
import type { Tick } from './event-bus-fixture.js';

/**
 * A stage processor that counts the ticks of each key in packed state and sends each tick to `next` with a new key and
 * its count in `n`.
 */
export function counting(
  next: TopicDefinition<Tick> | undefined,
  rekey: (tick: Tick) => string,
  fail: () => void = () => undefined,
): () => StageProcessor<Tick> {
  return () => {
    const cache = new Map<string, number>();
    return {
      process: async (records, context) => {
        const keys = [...new Set(records.map((record) => record.value.key))].filter((key) => !cache.has(key));
        const states = await context.read(keys);
        for (const [index, key] of keys.entries())
          cache.set(key, states[index] ? new DataView(slice(states[index])).getInt32(0) : 0);
        const outputs = records.map((record) => {
          const count = (cache.get(record.value.key) ?? 0) + 1;
          cache.set(record.value.key, count);
          return next ? [output(next, { key: rekey(record.value), n: count }, record)] : [];
        });
        fail();
        const writes = new Map(records.map(({ value: { key } }) => [key, packed(cache.get(key) ?? 0)] as const));
        return { outputs: outputs.flat(), writes };
      },
    };
  };
}

function slice(bytes: Uint8Array): ArrayBuffer {
  return new Uint8Array(bytes).buffer;
}

export function packed(count: number): Uint8Array {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(count);
  return bytes;
}

/** The counts that a counting stage has stored per key, summed over all partitions. */
export async function counts(
  store: StageStore,
  stage: string,
  partitions: number,
  keys: readonly string[],
): Promise<number[]> {
  const perPartition = await Promise.all(
    Array.from({ length: partitions }, (_, partition) => store.read({ stage, partition }, keys)),
  );
  return keys.map((_, index) =>
    perPartition.reduce((sum, states) => sum + (states[index] ? new DataView(slice(states[index])).getInt32(0) : 0), 0),
  );
}
