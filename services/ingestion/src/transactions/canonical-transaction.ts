import { transactionSchema, type ValidatedTransaction, type WireTransaction } from '@fraudflow/contracts';
import {
  type ConvertedAmount,
  decimalsOf,
  fieldCode,
  invalidInput,
  minorUnitScale,
  type RateTable,
  rateUnknown,
  toMinorUnits,
} from '@fraudflow/core';
import { type CardIdRule, idWithoutCard } from '../cards/card-numbers-in-ids.js';
import type { CardTokeniser } from '../cards/card-tokeniser.js';
import { extraFields } from '../cards/extra-fields.js';
import { schemaError } from '../decoding/decode-json.js';

export interface TransactionRules {
  /** In major units of the base currency. */
  readonly maxAmount: number;
  readonly maxFutureMs: number;
  readonly maxAgeMs: number;
  readonly cardNumbersInIds: CardIdRule;
  /** Amounts in other currencies are converted into this one. */
  readonly baseCurrency: string;
  readonly rateMaxAgeMs: number;
}

export const OWN_FIELDS: ReadonlySet<string> = new Set(Object.keys(transactionSchema.shape));

/**
 * Converts transactions to their canonical form: UTC instant, minor units, amount in the base currency, no card number.
 */
export class Canonicaliser {
  private readonly maxMinor: number;

  constructor(
    private readonly rules: TransactionRules,
    private readonly cards: CardTokeniser,
    private readonly rates: RateTable,
  ) {
    this.maxMinor = Math.round(rules.maxAmount * minorUnitScale(decimalsOf(rules.baseCurrency)));
  }

  /**
   * @param takenAtMs time at which the broker received the record, ms. The rules use it as the present, so that a
   * replay of the log has the same results
   * @throws AppError invalid_input with a code per field, e.g. AMOUNT_INVALID, OCCURRED_AT_IN_FUTURE or
   * CURRENCY_RATE_UNKNOWN
   */
  canonical(input: Record<string, unknown>, takenAtMs: number): ValidatedTransaction {
    const parsed = transactionSchema.safeParse(input);
    if (!parsed.success) throw schemaError(parsed.error, input);
    const transaction = parsed.data;
    const occurredAtMs = this.checkedTime(transaction, takenAtMs);
    const { amount, currency, card_number: cardNumber } = transaction;
    const amountMinor = wholeMinor(amount, currency);
    const converted = this.converted(amountMinor, currency, occurredAtMs);
    const token = cardNumber === undefined ? transaction.card_token : this.cards.tokenise(cardNumber);
    const extra = extraFields(input, OWN_FIELDS, this.cards);
    return {
      transaction_id: this.id(transaction.transaction_id, 'transaction_id'),
      occurred_at: new Date(occurredAtMs).toISOString(),
      customer_id: this.id(transaction.customer_id, 'customer_id'),
      terminal_id: this.id(transaction.terminal_id, 'terminal_id'),
      amount_minor: amountMinor,
      currency,
      ...(converted === undefined ? {} : this.baseFields(converted)),
      ...(token === undefined ? {} : { card_token: token }),
      ...(extra === undefined ? {} : { extra }),
    };
  }

  private id(id: string, field: string): string {
    return idWithoutCard(id, field, this.rules.cardNumbersInIds, this.cards);
  }

  private baseFields({ baseAmountMinor, rate }: ConvertedAmount): Partial<ValidatedTransaction> {
    return { base_amount_minor: baseAmountMinor, base_currency: this.rules.baseCurrency, exchange_rate: rate };
  }

  /** The amount in the base currency; undefined if the transaction's currency is the base currency. */
  private converted(minor: number, currency: string, occurredAtMs: number): ConvertedAmount | undefined {
    const { baseCurrency, rateMaxAgeMs, maxAmount } = this.rules;
    let converted: ConvertedAmount | undefined;
    if (currency !== baseCurrency) {
      const base = { currency: baseCurrency, maxAgeMs: rateMaxAgeMs };
      converted = this.rates.convert({ minor, currency }, base, occurredAtMs);
      if (converted === undefined) throw rateUnknown(currency, baseCurrency, occurredAtMs);
    }
    if ((converted?.baseAmountMinor ?? minor) <= this.maxMinor) return converted;
    throw invalidInput(`amount: must be at most ${maxAmount} ${baseCurrency}`, {
      code: 'AMOUNT_TOO_LARGE',
      field: 'amount',
    });
  }

  private checkedTime({ occurred_at: occurredAt }: WireTransaction, takenAtMs: number): number {
    const occurredAtMs = Date.parse(occurredAt);
    checkInstant(occurredAtMs, 'occurred_at', takenAtMs, this.rules);
    return occurredAtMs;
  }
}

function wholeMinor(amount: number, currency: string): number {
  const decimals = decimalsOf(currency);
  const minor = toMinorUnits(amount, decimals);
  if (minor !== undefined) return minor;
  const rule =
    decimals === 0 ? `must be whole in ${currency}` : `must have at most ${decimals} decimals in ${currency}`;
  throw invalidInput(`amount: ${rule}`, { code: 'AMOUNT_INVALID', field: 'amount' });
}

/**
 * Checks that an event time is within the limits around the time at which the broker received the record.
 * @throws AppError invalid_input `<FIELD>_IN_FUTURE` or `<FIELD>_TOO_OLD`
 */
export function checkInstant(
  atMs: number,
  field: 'occurred_at' | 'labelled_at' | 'effective_at',
  takenAtMs: number,
  { maxFutureMs, maxAgeMs }: Pick<TransactionRules, 'maxFutureMs' | 'maxAgeMs'>,
): void {
  if (atMs <= takenAtMs + maxFutureMs && atMs >= takenAtMs - maxAgeMs) return;
  const isFuture = atMs > takenAtMs;
  const instant = new Date(atMs).toISOString();
  throw invalidInput(`${field}: ${instant} is too far in the ${isFuture ? 'future' : 'past'}`, {
    code: isFuture ? fieldCode(field, 'IN_FUTURE') : fieldCode(field, 'TOO_OLD'),
    field,
  });
}
