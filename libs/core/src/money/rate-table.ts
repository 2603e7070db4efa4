import { type AppError, invalidInput, resourceExhausted } from '../errors.js';
import { convertMinor, decimalsOf, type ExactDecimal, type ExchangeRate, parseRate } from './exchange-rate.js';

/**
 * Default bound on the number of rates in one table. For scale: 150 currencies with daily rates for ten years are
 * 550,000.
 */
export const MAX_RATES = 250_000;

interface Entry {
  readonly effectiveAtMs: number;
  readonly text: string;
  readonly rate: ExactDecimal;
}

/** An amount in the base currency and the rate of its conversion. */
export interface ConvertedAmount {
  /** Whole minor units of the base currency. */
  readonly baseAmountMinor: number;
  /** Decimal text. */
  readonly rate: string;
}

/** Exchange rates by pair and effective instant. A rate holds until the next one of its pair. */
export class RateTable {
  /** Per pair in ascending order of time. */
  private readonly entries = new Map<string, Entry[]>();
  private count = 0;

  /** @param maxRates largest number of rates */
  constructor(private readonly maxRates = MAX_RATES) {}

  /** Number of rates of all pairs. */
  get size(): number {
    return this.count;
  }

  /**
   * Adds a rate, or replaces the rate of the same pair and instant. Amortised O(log n) if rates arrive in order of
   * time.
   * @throws AppError invalid_input RATE_INVALID, resource_exhausted RATE_TABLE_FULL
   */
  set({ currency, baseCurrency, text, effectiveAtMs }: ExchangeRate): void {
    const entry = { effectiveAtMs, text, rate: parseRate(text) };
    const pair = pairName(currency, baseCurrency);
    let list = this.entries.get(pair);
    if (list === undefined) this.entries.set(pair, (list = []));
    const at = indexAfter(list, effectiveAtMs);
    const isSame = list[at - 1]?.effectiveAtMs === effectiveAtMs;
    if (!isSame) this.checkCapacity(1);
    list.splice(isSame ? at - 1 : at, isSame ? 1 : 0, entry);
    if (!isSame) this.count++;
  }

  /** @throws AppError resource_exhausted RATE_TABLE_FULL if the table cannot take `count` more rates */
  checkCapacity(count: number): void {
    if (this.count + count <= this.maxRates) return;
    throw resourceExhausted(`the rate table is full (${this.maxRates} rates); delete old rates`, {
      code: 'RATE_TABLE_FULL',
    });
  }

  /** Removes the rate of exactly this pair and instant. @returns whether there was one */
  delete(currency: string, baseCurrency: string, effectiveAtMs: number): boolean {
    const list = this.entries.get(pairName(currency, baseCurrency)) ?? [];
    const at = indexAfter(list, effectiveAtMs) - 1;
    if (list[at]?.effectiveAtMs !== effectiveAtMs) return false;
    list.splice(at, 1);
    this.count--;
    return true;
  }

  /**
   * The rate as of an instant: the latest that is effective by then.
   * @param maxAgeMs largest age of the rate at that instant, ms
   * @returns undefined if there is none
   */
  at(currency: string, baseCurrency: string, atMs: number, maxAgeMs: number): ExchangeRate | undefined {
    const found = this.entryAt(currency, baseCurrency, atMs, maxAgeMs);
    return found && { currency, baseCurrency, text: found.text, effectiveAtMs: found.effectiveAtMs };
  }

  /**
   * Converts an amount by the rate as of an instant; see convertMinor for the arithmetic.
   * @returns undefined if there is no rate
   */
  convert(
    amount: { readonly minor: number; readonly currency: string },
    base: { readonly currency: string; readonly maxAgeMs: number },
    atMs: number,
  ): ConvertedAmount | undefined {
    const found = this.entryAt(amount.currency, base.currency, atMs, base.maxAgeMs);
    if (found === undefined) return undefined;
    const [decimals, baseDecimals] = [decimalsOf(amount.currency), decimalsOf(base.currency)];
    return { baseAmountMinor: convertMinor(amount.minor, found.rate, decimals, baseDecimals), rate: found.text };
  }

  /** All rates, or those of one currency, by pair and time. */
  list(currency?: string): readonly ExchangeRate[] {
    const rates: ExchangeRate[] = [];
    for (const pair of [...this.entries.keys()].toSorted()) {
      const [from = '', baseCurrency = ''] = pair.split('/');
      if (currency !== undefined && from !== currency) continue;
      for (const { text, effectiveAtMs } of this.entries.get(pair) ?? []) {
        rates.push({ currency: from, baseCurrency, text, effectiveAtMs });
      }
    }
    return rates;
  }

  private entryAt(currency: string, baseCurrency: string, atMs: number, maxAgeMs: number): Entry | undefined {
    const list = this.entries.get(pairName(currency, baseCurrency));
    const found = list?.[indexAfter(list, atMs) - 1];
    return found !== undefined && atMs - found.effectiveAtMs <= maxAgeMs ? found : undefined;
  }
}

/**
 * The error for a transaction without a rate. Its text names the command that adds one.
 * @param atMs event time of the transaction, ms since the Unix epoch
 * @returns an AppError invalid_input CURRENCY_RATE_UNKNOWN; the caller throws it
 */
export function rateUnknown(currency: string, baseCurrency: string, atMs: number): AppError {
  const at = new Date(atMs).toISOString();
  return invalidInput(
    `currency: no rate ${currency}/${baseCurrency} as of ${at}; state one with \`fraudflow rates set ${currency} RATE\`, then send the record again`,
    { code: 'CURRENCY_RATE_UNKNOWN', field: 'currency' },
  );
}

function pairName(currency: string, baseCurrency: string): string {
  return `${currency}/${baseCurrency}`;
}

/** Index after the last entry that is effective at or before the instant. */
function indexAfter(list: readonly Entry[], atMs: number): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((list[middle] as Entry).effectiveAtMs <= atMs) low = middle + 1;
    else high = middle;
  }
  return low;
}
