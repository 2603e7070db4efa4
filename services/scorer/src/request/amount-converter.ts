import { MAX_AMOUNT } from '@fraudflow/contracts';
import { decimalsOf, failedPrecondition, invalidInput, minorUnitScale, type RateTable } from '@fraudflow/core';
import type { TransactionInHand } from './transaction-in-hand.js';

export interface ConversionRules {
  readonly baseCurrency: string;
  /** Oldest rate that counts, from its effective instant to the transaction's time, ms. */
  readonly rateMaxAgeMs: number;
}

/** Brings amounts of requests into the base currency by the rate as of event time, as ingestion does for the stream. */
export class AmountConverter {
  private readonly maxMinor: number;

  constructor(
    private readonly rates: Pick<RateTable, 'convert'>,
    private readonly rules: ConversionRules,
  ) {
    this.maxMinor = MAX_AMOUNT * minorUnitScale(decimalsOf(rules.baseCurrency));
  }

  /**
   * The transaction with its amount in the base currency.
   * @throws AppError failed_precondition CURRENCY_RATE_UNKNOWN if there is no rate; invalid_input AMOUNT_TOO_LARGE.
   */
  convert(transaction: TransactionInHand): TransactionInHand {
    const { baseCurrency: currency, rateMaxAgeMs: maxAgeMs } = this.rules;
    const { amountMinor: minor, occurredAtMs } = transaction;
    if (transaction.currency === currency) return this.checked(transaction, minor);
    const found = this.rates.convert({ minor, currency: transaction.currency }, { currency, maxAgeMs }, occurredAtMs);
    if (!found) throw rateUnknown(transaction, currency);
    const converted = { amountMinor: found.baseAmountMinor, currency, rate: found.rate };
    return this.checked({ ...transaction, converted }, found.baseAmountMinor);
  }

  private checked(transaction: TransactionInHand, baseMinor: number): TransactionInHand {
    if (baseMinor <= this.maxMinor) return transaction;
    const message = `transaction.amount must be at most ${MAX_AMOUNT} ${this.rules.baseCurrency}`;
    throw invalidInput(message, { code: 'AMOUNT_TOO_LARGE', field: 'transaction.amount' });
  }
}

function rateUnknown({ currency, occurredAtMs }: TransactionInHand, base: string): Error {
  const at = new Date(occurredAtMs).toISOString();
  return failedPrecondition(
    `transaction.currency: no rate ${currency}/${base} as of ${at}; state one with \`fraudflow rates set ${currency} RATE\``,
    { code: 'CURRENCY_RATE_UNKNOWN', field: 'transaction.currency' },
  );
}
