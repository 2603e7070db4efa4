import {
  deadLetterTopicName,
  HEADERS,
  transactionsScoredTopic,
  transactionsTopic,
  transactionsValidatedTopic,
} from '@fraudflow/contracts';
import { headerText, type RawRecord } from '@fraudflow/messaging';
import { DeliveryLedger, type LogReader, readTopic, transactionIdOf } from '@fraudflow/bench';

/** Reads the four topics a transaction passes from their beginnings and enters every record. */
export async function readDelivery(log: LogReader, onProgress: (share: number) => void): Promise<DeliveryLedger> {
  const ledger = new DeliveryLedger();
  const steps: readonly [topic: string, enter: (record: RawRecord, partition: number) => void][] = [
    [deadLetterTopicName(transactionsTopic.name), (record) => enterDeadLetter(ledger, record)],
    [
      transactionsTopic.name,
      (record, partition) =>
        ledger.produced(transactionIdOf(record.value), { partition, offset: record.offset }, record.appendedAtMs),
    ],
    [transactionsValidatedTopic.name, (record) => ledger.validated(transactionIdOf(record.value))],
    [transactionsScoredTopic.name, (record) => ledger.scored(transactionIdOf(record.value), record.appendedAtMs)],
  ];
  for (const [index, [topic, enter]] of steps.entries()) {
    for await (const { partition, records, done, total } of readTopic(log, topic)) {
      for (const record of records) enter(record, partition);
      onProgress((index + done / Math.max(1, total)) / steps.length);
    }
  }
  onProgress(1);
  return ledger;
}

function enterDeadLetter(ledger: DeliveryLedger, record: RawRecord): void {
  const partition = Number(headerText(record, HEADERS.dlqPartition) ?? Number.NaN);
  const offset = Number(headerText(record, HEADERS.dlqOffset) ?? Number.NaN);
  ledger.deadLetter({ partition, offset });
}
