import { type Label, labelSchema, type ValidatedLabel } from '@fraudflow/contracts';
import { invalidInput } from '@fraudflow/core';
import { schemaError } from '../intake/decode-json.js';

/** What a label must know of its transaction to find its way. */
export interface TransactionKeys {
  readonly customerId: string;
  readonly terminalId: string;
  readonly occurredAtMs: number;
}

/**
 * Checks a label by itself.
 * @param takenAtMs when the broker took the record.
 * @throws AppError invalid_input with a code per field.
 */
export function checkedLabel(input: Record<string, unknown>, takenAtMs: number, maxFutureMs: number): Label {
  const parsed = labelSchema.safeParse(input);
  if (!parsed.success) throw schemaError(parsed.error, input);
  const label = parsed.data;
  const { occurred_at: occurredAt, labelled_at: labelledAt } = label;
  // A replay announces labels ahead of time, so labelled_at may lie in the future; the transaction itself may not.
  if (occurredAt !== undefined && Date.parse(occurredAt) > takenAtMs + maxFutureMs) {
    throw invalidInput('occurred_at: lies too far in the future', {
      code: 'OCCURRED_AT_IN_FUTURE',
      field: 'occurred_at',
    });
  }
  if (occurredAt !== undefined && Date.parse(labelledAt) < Date.parse(occurredAt)) {
    throw invalidInput('labelled_at: lies before the transaction', {
      code: 'LABELLED_AT_INVALID',
      field: 'labelled_at',
    });
  }
  return label;
}

/** The transaction's keys if the label brings them all, else undefined: then they must be looked up. */
export function keysOf(label: Label): TransactionKeys | undefined {
  const { customer_id: customerId, terminal_id: terminalId, occurred_at: occurredAt } = label;
  if (customerId === undefined || terminalId === undefined || occurredAt === undefined) return undefined;
  return { customerId, terminalId, occurredAtMs: Date.parse(occurredAt) };
}

/** The label joined with its transaction, instants in UTC. */
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
