import { ALL_TOPICS } from '@fraudflow/contracts';
import { expect, test } from 'vitest';
import { z } from 'zod';

/**
 * A changed snapshot is a changed contract. Adding an optional field is fine: update the snapshot. Removing or narrowing a field, or
 * requiring a new one, breaks readers or writers: make a new version of the topic instead.
 */
test.each(ALL_TOPICS.map((topic) => [topic.name, topic] as const))('%s keeps its contract', async (name, topic) => {
  const contract = {
    name,
    version: topic.version,
    keyedBy: topic.keyedBy,
    partitions: topic.partitions ?? 'configured',
    cleanup: topic.cleanup,
    schema: z.toJSONSchema(topic.schema, { io: 'input', unrepresentable: 'any' }),
  };

  await expect(`${JSON.stringify(contract, null, 2)}\n`).toMatchFileSnapshot(`../snapshots/${name}.snapshot.json`);
});
