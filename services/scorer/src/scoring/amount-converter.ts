import { MAX_AMOUNT } from '@fraudflow/contracts';
import { decimalsOf, failedPrecondition, invalidInput, minorUnitScale, type RateTable } from '@fraudflow/core';
import type { RequestTransaction } from '../features/request-transaction.js';

export interface ConversionRules {
  readonly baseCurrency: string;
  /** Maximum age of a rate: from its effective instant to the transaction's time, ms. */
  readonly rateMaxAgeMs: number;
}

/** Converts request amounts into the base currency with the rate as of event time, as ingestion does for the stream. */
export class AmountConverter {
  private readonly maxMinor: number;

  constructor(
    private readonly rates: Pick<RateTable, 'convert'>,
    private readonly rules: ConversionRules,
  ) {
    this.maxMinor = MAX_AMOUNT * minorUnitScale(decimalsOf(rules.baseCurrency));
  }

  /**
   * Returns the transaction with its amount in the base currency.
   * @throws AppError failed_precondition CURRENCY_RATE_UNKNOWN if there is no rate; invalid_input AMOUNT_TOO_LARGE.
   */
  convert(transaction: RequestTransaction): RequestTransaction {
    const { baseCurrency: currency, rateMaxAgeMs: maxAgeMs } = this.rules;
    const { amountMinor: minor, occurredAtMs } = transaction;
    if (transaction.currency === currency) return this.checked(transaction, minor);
    const found = this.rates.convert({ minor, currency: transaction.currency }, { currency, maxAgeMs }, occurredAtMs);
    if (!found) throw rateUnknown(transaction, currency);
    const converted = { amountMinor: found.baseAmountMinor, currency, rate: found.rate };
    return this.checked({ ...transaction, converted }, found.baseAmountMinor);
  }

  private checked(transaction: RequestTransaction, baseMinor: number): RequestTransaction {
    if (baseMinor <= this.maxMinor) return transaction;
    const message = `transaction.amount must be at most ${MAX_AMOUNT} ${this.rules.baseCurrency}`;
    throw invalidInput(message, { code: 'AMOUNT_TOO_LARGE', field: 'transaction.amount' });
  }
}

function rateUnknown({ currency, occurredAtMs }: RequestTransaction, base: string): Error {
  const at = new Date(occurredAtMs).toISOString();
  return failedPrecondition(
    `transaction.currency: no rate ${currency}/${base} as of ${at}; add one with \`fraudflow rates set ${currency} RATE\``,
    { code: 'CURRENCY_RATE_UNKNOWN', field: 'transaction.currency' },
  );
}
