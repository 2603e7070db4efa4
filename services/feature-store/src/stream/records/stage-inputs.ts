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

/** A `features.by-terminal` event as the terminal stage takes it. */
export type TerminalEvent = PartialTransaction | { readonly kind: 'label'; readonly label: ValidatedLabel };

/** A transaction with what the customer stage has computed. */
export interface PartialTransaction {
  readonly kind: 'transaction';
  readonly transaction: StreamTransaction;
  readonly vector: readonly number[];
  readonly attributes: number;
  /** It was too late to enter its customer's windows. */
  readonly isLate: boolean;
}

const MAX_SCANNED_BYTES = 64 * 1024;
/** What was accepted at the edge fits, with all that is added on the way: 1 MiB and as much again. */
const MAX_VALUE_BYTES = 2 * 1024 * 1024;

// Nobody but our own services can write these topics.
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
  // Handed on as it was written: an object of JSON.parse has lost digits of long numbers and fields of some names.
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

/** Bytes that are no UTF-8 and values of unusual size are the parser's to judge. */
function isScanned(value: Buffer): boolean {
  return value.length <= MAX_SCANNED_BYTES && isUtf8(value);
}
