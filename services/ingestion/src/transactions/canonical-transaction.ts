import { type Transaction, transactionSchema, type ValidatedTransaction } from '@fraudflow/contracts';
import { invalidInput } from '@fraudflow/core';
import type { CardTokeniser } from '../cards/card-tokeniser.js';
import { schemaError } from '../intake/decode-json.js';

export interface TransactionRules {
  readonly maxAmount: number;
  readonly maxFutureMs: number;
  readonly maxAgeMs: number;
}

const OWN_FIELDS: ReadonlySet<string> = new Set(Object.keys(transactionSchema.shape));

/**
 * Checks a transaction and brings it to its canonical form: UTC instant, minor units, card number replaced by its token.
 * @param takenAtMs when the broker took the record: the rules' "now", so that a replay of the log decides alike.
 * @throws AppError invalid_input with a code per field, e.g. AMOUNT_INVALID or OCCURRED_AT_IN_FUTURE.
 */
export function canonicalTransaction(
  input: Record<string, unknown>,
  takenAtMs: number,
  rules: TransactionRules,
  cards: CardTokeniser,
): ValidatedTransaction {
  const parsed = transactionSchema.safeParse(input);
  if (!parsed.success) throw schemaError(parsed.error, input);
  const transaction = parsed.data;
  const occurredAtMs = checkedTime(transaction, takenAtMs, rules);
  if (transaction.amount > rules.maxAmount) {
    throw invalidInput(`amount: must be at most ${rules.maxAmount}`, { code: 'AMOUNT_TOO_LARGE', field: 'amount' });
  }
  const token =
    transaction.card_number === undefined ? transaction.card_token : cards.tokenise(transaction.card_number);
  const extra = extraFields(transaction, cards);
  return {
    transaction_id: transaction.transaction_id,
    occurred_at: new Date(occurredAtMs).toISOString(),
    customer_id: transaction.customer_id,
    terminal_id: transaction.terminal_id,
    amount_minor: Math.round(transaction.amount * 100),
    currency: transaction.currency,
    ...(token === undefined ? {} : { card_token: token }),
    ...(extra === undefined ? {} : { extra }),
  };
}

function checkedTime(transaction: Transaction, takenAtMs: number, rules: TransactionRules): number {
  const occurredAtMs = Date.parse(transaction.occurred_at);
  if (occurredAtMs > takenAtMs + rules.maxFutureMs) {
    throw invalidInput(`occurred_at: ${transaction.occurred_at} lies too far in the future`, {
      code: 'OCCURRED_AT_IN_FUTURE',
      field: 'occurred_at',
    });
  }
  if (occurredAtMs < takenAtMs - rules.maxAgeMs) {
    throw invalidInput(`occurred_at: ${transaction.occurred_at} lies too far in the past`, {
      code: 'OCCURRED_AT_TOO_OLD',
      field: 'occurred_at',
    });
  }
  return occurredAtMs;
}

/** Fields beyond ours, kept as they are except for card numbers hidden in them. */
function extraFields(transaction: Transaction, cards: CardTokeniser): Record<string, unknown> | undefined {
  let extra: Record<string, unknown> | undefined;
  for (const key in transaction) if (!OWN_FIELDS.has(key)) (extra ??= {})[key] = transaction[key];
  if (extra === undefined) return undefined;
  const json = JSON.stringify(extra);
  const scrubbed = cards.scrub(json);
  if (scrubbed === json) return extra;
  // A bare number that was a card becomes text, or the result would not be JSON.
  return JSON.parse(JSON.stringify(extra, (_key, value: unknown) => scrubValue(value, cards))) as Record<
    string,
    unknown
  >;
}

function scrubValue(value: unknown, cards: CardTokeniser): unknown {
  if (typeof value === 'string') return cards.scrub(value);
  if (typeof value !== 'number') return value;
  const scrubbed = cards.scrub(String(value));
  return scrubbed === String(value) ? value : scrubbed;
}
