import { invalidInput, isCurrency } from '@fraudflow/core';
import { Body, Controller, Get, Put, Query, Res } from '@nestjs/common';
import { type IntakeResult, MAX_ITEMS } from '../../intake/intake.service.js';
import { jsonItems } from '../../decoding/json-items.js';
import { MAX_LISTED, RatesService } from '../../rates/rates.service.js';
import { bytesOf, type ReplyHeaders, withRetryAfter } from './intake.controller.js';

interface RateList {
  readonly base_currency: string;
  readonly rates: readonly {
    readonly currency: string;
    readonly base_currency: string;
    readonly rate: string;
    readonly effective_at: string;
  }[];
}

/** `PUT /v1/rates` states exchange rates, one object or an array of up to 1,000; `GET /v1/rates` lists them. */
@Controller('v1/rates')
export class RatesController {
  constructor(private readonly rates: RatesService) {}

  @Put()
  async state(@Body() body: unknown, @Res({ passthrough: true }) reply: ReplyHeaders): Promise<IntakeResult> {
    const { isList, items } = jsonItems(bytesOf(body), MAX_ITEMS);
    const result = await this.rates.state(items).catch((thrown: unknown) => {
      throw withRetryAfter(thrown, reply);
    });
    const [rejection] = result.rejections;
    if (isList || rejection === undefined) return result;
    const { code, field, reason } = rejection;
    throw invalidInput(reason, { code, field });
  }

  @Get()
  list(@Query('currency') currency?: string, @Query('at') at?: string, @Query('limit') limit?: string): RateList {
    const rates = this.rates.list({
      ...(currency === undefined ? {} : { currency: currencyOf(currency) }),
      ...(at === undefined ? {} : { atMs: instantOf(at) }),
      limit: limit === undefined ? MAX_LISTED : limitOf(limit),
    });
    return {
      base_currency: this.rates.baseCurrency,
      rates: rates.map((rate) => ({
        currency: rate.currency,
        base_currency: rate.baseCurrency,
        rate: rate.text,
        effective_at: new Date(rate.effectiveAtMs).toISOString(),
      })),
    };
  }
}

function currencyOf(text: unknown): string {
  if (typeof text === 'string' && isCurrency(text)) return text;
  throw invalidInput('currency: must be an ISO 4217 code, e.g. USD', { code: 'CURRENCY_INVALID', field: 'currency' });
}

function instantOf(text: unknown): number {
  const atMs = typeof text === 'string' ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(atMs)) return atMs;
  throw invalidInput('at: must be an instant such as 2026-01-05T00:00:00Z', { code: 'AT_INVALID', field: 'at' });
}

function limitOf(text: unknown): number {
  const limit = Number(text);
  if (Number.isInteger(limit) && limit >= 1 && limit <= MAX_LISTED) return limit;
  throw invalidInput(`limit: must be a whole number from 1 to ${MAX_LISTED}`, {
    code: 'LIMIT_INVALID',
    field: 'limit',
  });
}
