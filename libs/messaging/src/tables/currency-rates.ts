import { type CurrencyRate, currencyRatesTopic } from '@fraudflow/contracts';
import { type ExchangeRate, invalidInput, isCurrency, type RateTable } from '@fraudflow/core';
import { TableFollower, type TableFollowerOptions } from './table-follower.js';

/** Converts a rate from the topic's format to the table's. */
export function exchangeRateOf(rate: CurrencyRate): ExchangeRate {
  const { currency, base_currency: baseCurrency, rate: text, effective_at: effectiveAt } = rate;
  return { currency, baseCurrency, text, effectiveAtMs: Date.parse(effectiveAt) };
}

/**
 * Creates a follower that fills a rate table from the topic `currency.rates` and keeps it up to date. Start it before
 * the first amount is converted.
 */
export function rateFollower(
  table: RateTable,
  options: Pick<TableFollowerOptions<CurrencyRate>, 'admin' | 'logger' | 'idleMs'>,
): TableFollower<CurrencyRate> {
  return new TableFollower<CurrencyRate>({
    ...options,
    topic: currencyRatesTopic,
    changes: {
      set: (rate) => table.set(exchangeRateOf(rate)),
      delete: (key) => {
        const { currency, baseCurrency, effectiveAtMs } = keyParts(key);
        table.delete(currency, baseCurrency, effectiveAtMs);
      },
    },
  });
}

/** The parts of a key such as `USD/EUR@2026-01-05T00:00:00.000Z`. */
function keyParts(key: string): Omit<ExchangeRate, 'text'> {
  const [pair = '', instant = ''] = key.split('@', 2);
  const [currency = '', baseCurrency = ''] = pair.split('/', 2);
  const effectiveAtMs = Date.parse(instant);
  if (!isCurrency(currency) || !isCurrency(baseCurrency) || Number.isNaN(effectiveAtMs)) {
    throw invalidInput(`"${key.slice(0, 64)}" is not a rate key such as USD/EUR@2026-01-05T00:00:00.000Z`, {
      code: 'RATE_KEY_INVALID',
    });
  }
  return { currency, baseCurrency, effectiveAtMs };
}
