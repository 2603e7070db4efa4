import { type CurrencyRate, currencyRateSchema, currencyRatesTopic } from '@fraudflow/contracts';
import {
  AppError,
  asError,
  type Clock,
  DAY_MS,
  type ExchangeRate,
  invalidInput,
  type RateTable,
} from '@fraudflow/core';
import { type EventProducer, exchangeRateOf } from '@fraudflow/messaging';
import { decodeJsonObject, schemaError } from '../decoding/decode-json.js';
import type { IntakeResult, Rejection } from '../intake/intake.service.js';
import { checkInstant } from '../transactions/canonical-transaction.js';

export const MAX_LISTED = 10_000;
/** How far in the future a rate may become effective. */
const MAX_AHEAD_MS = 366 * DAY_MS;

export interface RateRules {
  readonly baseCurrency: string;
  readonly maxAgeMs: number;
  readonly maxRecordBytes: number;
}

export interface RateQuery {
  readonly currency?: string;
  /** Only the rates that are effective at this instant, ms. */
  readonly atMs?: number;
  /** 1 to MAX_LISTED; if there are more rates, the latest are listed. */
  readonly limit: number;
}

/** Stores and lists exchange rates. */
export class RatesService {
  constructor(
    private readonly producer: EventProducer,
    private readonly table: RateTable,
    private readonly rules: RateRules,
    private readonly clock: Clock,
  ) {}

  get baseCurrency(): string {
    return this.rules.baseCurrency;
  }

  /**
   * Writes rates to the topic. When it resolves, they apply in this process; other processes apply them when they have
   * read them.
   * @param items one JSON object each: currency, rate, and optionally base_currency, effective_at (default now), source
   */
  async state(items: readonly Uint8Array[]): Promise<IntakeResult> {
    const rates: CurrencyRate[] = [];
    const rejections: Rejection[] = [];
    for (const [index, item] of items.entries()) {
      try {
        rates.push(this.checked(decodeJsonObject(item, this.rules.maxRecordBytes)));
      } catch (thrown) {
        if (!(thrown instanceof AppError && thrown.kind === 'invalid_input')) throw asError(thrown);
        rejections.push({ index, code: thrown.code, field: thrown.field ?? '', reason: thrown.message });
      }
    }
    // Before the write: a rate that exceeds the table's capacity would be in the topic and in no process.
    this.table.checkCapacity(rates.length);
    await this.producer.send(
      currencyRatesTopic,
      rates.map((value) => ({ value, eventId: currencyRatesTopic.keyOf(value), occurredAt: value.effective_at })),
    );
    for (const rate of rates) this.table.set(exchangeRateOf(rate));
    return { accepted: rates.length, rejections };
  }

  /** Rates by pair and time. */
  list({ currency, atMs, limit }: RateQuery): readonly ExchangeRate[] {
    const rates = this.table.list(currency);
    const newest = atMs === undefined ? rates : this.asOf(rates, atMs);
    return newest.slice(-limit);
  }

  private asOf(rates: readonly ExchangeRate[], atMs: number): readonly ExchangeRate[] {
    const pairs = new Map<string, ExchangeRate>();
    for (const rate of rates) if (rate.effectiveAtMs <= atMs) pairs.set(`${rate.currency}/${rate.baseCurrency}`, rate);
    return [...pairs.values()];
  }

  private checked(input: Record<string, unknown>): CurrencyRate {
    const nowMs = this.clock.nowMs();
    const { baseCurrency } = this.rules;
    const completed: Record<string, unknown> = {
      base_currency: baseCurrency,
      effective_at: new Date(nowMs).toISOString(),
      ...input,
      ...(typeof input['rate'] === 'number' ? { rate: String(input['rate']) } : {}),
    };
    const parsed = currencyRateSchema.safeParse(completed);
    if (!parsed.success) throw schemaError(parsed.error, completed);
    const rate = parsed.data;
    if (rate.base_currency !== baseCurrency) {
      throw invalidInput(`base_currency: must be ${baseCurrency}, the base currency of this installation`, {
        code: 'BASE_CURRENCY_DIFFERS',
        field: 'base_currency',
      });
    }
    if (rate.currency === baseCurrency) {
      throw invalidInput(`currency: ${baseCurrency} is the base currency and has no rate`, {
        code: 'CURRENCY_INVALID',
        field: 'currency',
      });
    }
    const effectiveAtMs = Date.parse(rate.effective_at);
    checkInstant(effectiveAtMs, 'effective_at', nowMs, { maxAgeMs: this.rules.maxAgeMs, maxFutureMs: MAX_AHEAD_MS });
    return { ...rate, effective_at: new Date(effectiveAtMs).toISOString() };
  }
}
