import { isUtf8 } from 'node:buffer';
import {
  type ByTerminalEvent,
  featuresByTerminalTopic,
  transactionsValidatedTopic,
  type ValidatedLabel,
} from '@fraudflow/contracts';
import { defined } from '@fraudflow/core';
import { jsonDecoder, type ValueDecoder } from '@fraudflow/messaging';
import { BY_TERMINAL_HEAD, parseRest, startsWith } from './event-envelope.js';
import { memberText } from './json-member.js';
import { parsedTransaction, scanTransaction, type StreamTransaction } from './stream-transaction.js';

/** A decoded `features.by-terminal` event, the input of the terminal stage. */
export type TerminalEvent = PartialTransaction | { readonly kind: 'label'; readonly label: ValidatedLabel };

/** A transaction with the features of the customer stage. */
export interface PartialTransaction {
  readonly kind: 'transaction';
  readonly transaction: StreamTransaction;
  readonly vector: readonly number[];
  readonly attributes: number;
  /** True if the transaction was too late to enter the windows of its customer. */
  readonly isLate: boolean;
}

const MAX_SCANNED_BYTES = 64 * 1024;
/** Largest value: the largest record that ingestion accepts (1 MiB), and as much again for added fields. */
const MAX_VALUE_BYTES = 2 * 1024 * 1024;

// Only FraudFlow's services write these topics.
const parseValidated = jsonDecoder(transactionsValidatedTopic, { trusted: true, maxValueBytes: MAX_VALUE_BYTES });
const parseByTerminal = jsonDecoder(featuresByTerminalTopic, { trusted: true, maxValueBytes: MAX_VALUE_BYTES });

/** Decodes `transactions.validated`. @throws AppError as `jsonDecoder` */
export const decodeValidated: ValueDecoder<StreamTransaction> = (raw) => {
  const { value } = raw;
  const scanned = value !== null && isScanned(value) ? scanTransaction(value, 0, 'customer') : undefined;
  if (value !== null && scanned?.to === value.length) return scanned;
  const parsed = parseValidated(raw);
  const bytes = value as Buffer;
  return parsedTransaction(parsed, { bytes, from: 0, to: bytes.length }, 'customer');
};

/** Decodes `features.by-terminal`. @throws AppError as `jsonDecoder` */
export const decodeByTerminal: ValueDecoder<TerminalEvent> = (raw) => {
  const scanned = raw.value === null ? undefined : scanByTerminal(raw.value);
  if (scanned !== undefined) return scanned;
  const event: ByTerminalEvent = parseByTerminal(raw);
  if (event.kind === 'label') return event;
  const { transaction, vector, attributes, late } = event;
  const bytes = raw.value as Buffer;
  // Passed on as it was written: JSON.parse loses digits of long numbers and members with some names.
  const text = { bytes, ...defined(memberText(bytes, 'transaction'), 'the transaction that was parsed') };
  const taken = parsedTransaction(transaction, text, 'terminal');
  return { kind: 'transaction', transaction: taken, vector, attributes, isLate: late === true };
};

type ByTerminalRest = Pick<PartialTransaction, 'vector' | 'attributes'> & { readonly late?: boolean };

function scanByTerminal(value: Buffer): PartialTransaction | undefined {
  if (!startsWith(value, BY_TERMINAL_HEAD) || !isScanned(value)) return undefined;
  const transaction = scanTransaction(value, BY_TERMINAL_HEAD.length, 'terminal');
  const rest = transaction && parseRest<ByTerminalRest>(value, transaction.to);
  if (transaction === undefined || rest === undefined) return undefined;
  const { vector, attributes, late } = rest;
  return { kind: 'transaction', transaction, vector, attributes, isLate: late === true };
}

/** False for bytes that are not UTF-8 and for values of unusual size; the parser decides about them. */
function isScanned(value: Buffer): boolean {
  return value.length <= MAX_SCANNED_BYTES && isUtf8(value);
}
