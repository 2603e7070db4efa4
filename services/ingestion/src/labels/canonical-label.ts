import { type Label, labelSchema, type Transaction, type ValidatedLabel } from '@fraudflow/contracts';
import { type AppError, fieldCode, invalidInput } from '@fraudflow/core';
import { type CardIdRule, idWithoutCard } from '../cards/card-numbers-in-ids.js';
import type { CardTokeniser } from '../cards/card-tokeniser.js';
import { schemaError } from '../decoding/decode-json.js';
import { checkInstant } from '../transactions/canonical-transaction.js';

/** The fields of its transaction that a label needs: its entities and its event time. */
export type TransactionKeys = Pick<Transaction, 'customerId' | 'terminalId' | 'occurredAtMs'>;

export interface LabelRules {
  readonly maxFutureMs: number;
  readonly maxAgeMs: number;
  /** How far `labelled_at` may be in the future: a replay sends labels directly after their transactions. */
  readonly maxLabelAheadMs: number;
  readonly cardNumbersInIds: CardIdRule;
}

export const OWN_LABEL_FIELDS: ReadonlySet<string> = new Set(Object.keys(labelSchema.shape));

/**
 * Checks a label without its transaction. Fields that the schema does not define are omitted.
 * @param takenAtMs time at which the broker received the record, ms
 * @throws AppError invalid_input with a code per field
 */
export function checkedLabel(
  input: Record<string, unknown>,
  takenAtMs: number,
  rules: LabelRules,
  cards: CardTokeniser,
): Label {
  const parsed = labelSchema.safeParse(input);
  if (!parsed.success) throw schemaError(parsed.error, input);
  const label = parsed.data;
  const { maxAgeMs, maxFutureMs, maxLabelAheadMs, cardNumbersInIds } = rules;
  const labelledAtMs = Date.parse(label.labelled_at);
  checkInstant(labelledAtMs, 'labelled_at', takenAtMs, { maxAgeMs, maxFutureMs: maxLabelAheadMs });
  if (label.occurred_at !== undefined) {
    const occurredAtMs = Date.parse(label.occurred_at);
    checkInstant(occurredAtMs, 'occurred_at', takenAtMs, { maxAgeMs, maxFutureMs });
    if (labelledAtMs < occurredAtMs) throw labelledTooEarly();
  }
  const id = (value: string, field: string): string => idWithoutCard(value, field, cardNumbersInIds, cards);
  return {
    transaction_id: id(label.transaction_id, 'transaction_id'),
    is_fraud: label.is_fraud,
    labelled_at: label.labelled_at,
    source: label.source,
    ...(label.customer_id === undefined ? {} : { customer_id: id(label.customer_id, 'customer_id') }),
    ...(label.terminal_id === undefined ? {} : { terminal_id: id(label.terminal_id, 'terminal_id') }),
    ...(label.occurred_at === undefined ? {} : { occurred_at: label.occurred_at }),
  };
}

/** The transaction's keys if the label contains all of them; undefined if they must be looked up. */
export function keysOf(label: Label): TransactionKeys | undefined {
  const { customer_id: customerId, terminal_id: terminalId, occurred_at: occurredAt } = label;
  if (customerId === undefined || terminalId === undefined || occurredAt === undefined) return undefined;
  return { customerId, terminalId, occurredAtMs: Date.parse(occurredAt) };
}

/**
 * The error of a label that contradicts its transaction: CUSTOMER_ID_DIFFERS, TERMINAL_ID_DIFFERS or
 * OCCURRED_AT_DIFFERS for keys that differ from the transaction's, LABELLED_AT_INVALID for a label that is older than
 * its transaction. Undefined if there is no contradiction.
 */
export function contradiction(label: Label, keys: TransactionKeys): AppError | undefined {
  const { customer_id: customerId, terminal_id: terminalId, occurred_at: occurredAt } = label;
  if (customerId !== undefined && customerId !== keys.customerId) return differs('customer_id');
  if (terminalId !== undefined && terminalId !== keys.terminalId) return differs('terminal_id');
  if (occurredAt !== undefined && Date.parse(occurredAt) !== keys.occurredAtMs) return differs('occurred_at');
  return Date.parse(label.labelled_at) < keys.occurredAtMs ? labelledTooEarly() : undefined;
}

function differs(field: 'customer_id' | 'terminal_id' | 'occurred_at'): AppError {
  return invalidInput(`${field}: is not that of the transaction with this transaction_id; correct it or leave it out`, {
    code: fieldCode(field, 'DIFFERS'),
    field,
  });
}

function labelledTooEarly(): AppError {
  return invalidInput('labelled_at: is before the transaction', {
    code: 'LABELLED_AT_INVALID',
    field: 'labelled_at',
  });
}

/** The label joined with its transaction; instants are in UTC. */
export function joinLabel(label: Label, keys: TransactionKeys): ValidatedLabel {
  return {
    transaction_id: label.transaction_id,
    is_fraud: label.is_fraud,
    labelled_at: new Date(label.labelled_at).toISOString(),
    source: label.source,
    customer_id: keys.customerId,
    terminal_id: keys.terminalId,
    occurred_at: new Date(keys.occurredAtMs).toISOString(),
  };
}
