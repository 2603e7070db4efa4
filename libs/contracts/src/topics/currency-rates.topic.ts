import { CURRENCIES } from '@fraudflow/core';
import { z } from 'zod';
import { decimalTextSchema, instantSchema } from '../scalars.js';
import { defineTopic } from '../topic.js';

/** One exchange rate. It holds from its effective instant until the next rate of the same pair. */
export const currencyRateSchema = z.object({
  currency: z.enum(CURRENCIES),
  base_currency: z.enum(CURRENCIES),
  /** Units of `base_currency` for one unit of `currency`, both in major units, as decimal text: USD/EUR `0.9213`. */
  rate: decimalTextSchema,
  /** The rate counts for transactions that occurred at this instant or later. */
  effective_at: instantSchema,
  /** Source of the rate, as free text. */
  source: z.string().max(64).optional(),
});

/** A record of `currency.rates`. */
export type CurrencyRate = z.infer<typeof currencyRateSchema>;

/**
 * Exchange rates. The key includes the effective instant, because rates are looked up as of a transaction's event time:
 * compaction keeps the newest record of each pair and instant, and keeps all instants.
 */
export const currencyRatesTopic = defineTopic<CurrencyRate>({
  name: 'currency.rates',
  keyedBy: 'currency/base currency@effective instant',
  keyOf: (rate) => `${rate.currency}/${rate.base_currency}@${new Date(rate.effective_at).toISOString()}`,
  schema: currencyRateSchema,
  partitions: 1,
  cleanup: 'compact',
  retentionMs: -1,
  owner: 'ingestion',
  description: 'Exchange rates by pair and effective instant.',
});
