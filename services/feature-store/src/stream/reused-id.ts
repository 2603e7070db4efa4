import { deadLetterTopicName, HEADERS, transactionsTopic, type ValidatedTransaction } from '@fraudflow/contracts';
import { type ErrorCode, minorUnitDecimals } from '@fraudflow/core';
import { type DecodedRecord, encodedOutput, type FlatHeaders, type StageOutput } from '@fraudflow/messaging';
import { memberText } from './records/json-member.js';
import type { StreamTransaction } from './records/stream-transaction.js';

export const TRANSACTION_ID_REUSED = 'TRANSACTION_ID_REUSED' satisfies ErrorCode;
const TARGET = { name: deadLetterTopicName(transactionsTopic.name), version: transactionsTopic.version };
const REASON =
  'another transaction with this transaction_id was accepted before: its amount, customer, terminal or time differ. Send this one with a different id';
const EUR_DECIMALS = 2;

/**
 * The dead letter of a transaction whose id another transaction has: on `transactions.dlq`, in the form of
 * `transactions`, so that it can be corrected and sent again. After a crash it may be written twice, like every dead
 * letter.
 */
export function reusedId(transaction: StreamTransaction, record: DecodedRecord): StageOutput {
  const json = Buffer.from(asSent(transaction));
  return encodedOutput(TARGET, { key: transaction.customerId, json, headers: headersOf(record) }, record);
}

/**
 * Partition and offset are those of the source record of the input: a record of `transactions`, or else of
 * `transactions.validated`.
 */
function headersOf({ partition, offset, source }: DecodedRecord): FlatHeaders {
  const place = source?.partition.slice(source.partition.lastIndexOf(':') + 1) ?? String(partition);
  return [
    [HEADERS.dlqTopic, transactionsTopic.name],
    [HEADERS.dlqPartition, place],
    [HEADERS.dlqOffset, String(source?.offset ?? offset)],
    [HEADERS.dlqErrorCode, TRANSACTION_ID_REUSED],
    [HEADERS.dlqReason, REASON],
    [HEADERS.dlqField, 'transaction_id'],
    [HEADERS.dlqAttempts, '1'],
  ].flat();
}

/**
 * Converts the JSON of a canonical transaction to the form of `transactions`. Further fields of the producer are copied
 * as they were written.
 */
export function asSent({ bytes, from, to }: Pick<StreamTransaction, 'bytes' | 'from' | 'to'>): string {
  const json = bytes.subarray(from, to);
  const taken = JSON.parse(json.toString('utf8')) as ValidatedTransaction;
  const { transaction_id, occurred_at, customer_id, terminal_id, currency, card_token } = taken;
  const own = JSON.stringify({ transaction_id, occurred_at, customer_id, terminal_id, currency, card_token });
  const amount = decimalText(taken.amount_minor, minorUnitDecimals(currency) ?? EUR_DECIMALS);
  const extra = memberText(json, 'extra');
  const further = extra === undefined ? '' : json.toString('utf8', extra.from + 1, extra.to - 1).trim();
  return `${own.slice(0, -1)},"amount":${amount}${further === '' ? '' : `,${further}`}}`;
}

/** Minor units as a JSON number of major units, exactly. */
function decimalText(minor: number, decimals: number): string {
  const digits = String(minor).padStart(decimals + 1, '0');
  const whole = digits.slice(0, digits.length - decimals);
  return decimals === 0 ? whole : `${whole}.${digits.slice(-decimals)}`;
}
