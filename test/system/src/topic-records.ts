import { type BusAdmin, type DecodedRecord, readTopic } from '@fraudflow/messaging';

/** All records of a topic, ordered only within a partition. */
export async function recordsOf(admin: BusAdmin, topic: string): Promise<readonly DecodedRecord<Buffer | null>[]> {
  const records: DecodedRecord<Buffer | null>[] = [];
  for await (const record of readTopic(admin, topic, { until: 'end' })) records.push(record);
  return records;
}

/** Number of records per transaction on a topic whose values hold one (`features`, `transactions.scored`). */
export async function transactionCounts(admin: BusAdmin, topic: string): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>();
  for (const { value } of await recordsOf(admin, topic)) {
    const id = (JSON.parse(String(value)) as { transaction: { transaction_id: string } }).transaction.transaction_id;
    counts.set(id, (counts.get(id) ?? 0) + 1);
  }
  return counts;
}
