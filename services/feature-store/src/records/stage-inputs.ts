import { isUtf8 } from 'node:buffer';
import {
  type ByTerminalEvent,
  featuresByTerminalTopic,
  transactionsValidatedTopic,
  type ValidatedLabel,
} from '@fraudflow/contracts';
import { jsonDecoder, type ValueDecoder } from '@fraudflow/messaging';
import { HANDOVER_HEAD, parseRest, startsWith } from './around-transaction.js';
import { parsedTransaction, scanTransaction, type StreamTransaction } from './stream-transaction.js';

/** A `features.by-terminal` event as the terminal stage takes it. */
export type TerminalEvent = HandedOver | { readonly kind: 'label'; readonly label: ValidatedLabel };

/** A transaction with what the customer stage has computed. */
export interface HandedOver {
  readonly kind: 'transaction';
  readonly transaction: StreamTransaction;
  readonly vector: readonly number[];
  readonly attributes: number;
}

const MAX_SCANNED_BYTES = 64 * 1024;

// Nobody but our own services can write these topics.
const parseValidated = jsonDecoder(transactionsValidatedTopic, { trusted: true });
const parseByTerminal = jsonDecoder(featuresByTerminalTopic, { trusted: true });

/** Decodes `transactions.validated`. @throws AppError as `jsonDecoder` */
export const decodeValidated: ValueDecoder<StreamTransaction> = (raw) => {
  const { value } = raw;
  const scanned = value !== null && isScanned(value) ? scanTransaction(value, 0) : undefined;
  if (value !== null && scanned?.to === value.length) return scanned;
  const parsed = parseValidated(raw);
  return parsedTransaction(parsed, value as Buffer);
};

/** Decodes `features.by-terminal`. @throws AppError as `jsonDecoder` */
export const decodeByTerminal: ValueDecoder<TerminalEvent> = (raw) => {
  const scanned = raw.value === null ? undefined : scanHandover(raw.value);
  if (scanned !== undefined) return scanned;
  const event: ByTerminalEvent = parseByTerminal(raw);
  if (event.kind === 'label') return event;
  const { transaction, vector, attributes } = event;
  const json = Buffer.from(JSON.stringify(transaction));
  return { kind: 'transaction', transaction: parsedTransaction(transaction, json), vector, attributes };
};

function scanHandover(value: Buffer): HandedOver | undefined {
  if (!startsWith(value, HANDOVER_HEAD) || !isScanned(value)) return undefined;
  const transaction = scanTransaction(value, HANDOVER_HEAD.length);
  const rest = transaction && parseRest<Pick<HandedOver, 'vector' | 'attributes'>>(value, transaction.to);
  return rest && { kind: 'transaction', transaction, vector: rest.vector, attributes: rest.attributes };
}

/** Bytes that are no UTF-8 and values of unusual size are the parser's to judge. */
function isScanned(value: Buffer): boolean {
  return value.length <= MAX_SCANNED_BYTES && isUtf8(value);
}
