import { ALL_TOPICS } from '@fraudflow/contracts';
import { expect, test } from 'vitest';
import { z } from 'zod';

/**
 * A changed snapshot is a changed contract. A new optional field is compatible: update the snapshot. A removed,
 * narrowed or new required field breaks readers or writers: create a new version of the topic instead.
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
