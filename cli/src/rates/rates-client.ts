import { AppError, asError, invalidInput, isErrorCode, unavailable } from '@fraudflow/core';
import type { StatedRate } from './rate-file.js';

const TIMEOUT_MS = 30_000;
/** Maximum number of rates per call. */
const PAGE = 1_000;

export interface ListedRate {
  readonly currency: string;
  readonly base_currency: string;
  readonly rate: string;
  readonly effective_at: string;
}

export interface RateList {
  readonly base_currency: string;
  readonly rates: readonly ListedRate[];
}

interface Stated {
  readonly accepted: number;
  readonly rejections: readonly { readonly index: number; readonly reason: string }[];
}

/** Client of ingestion's REST interface of exchange rates. */
export class RatesClient {
  /** @param address base URL */
  constructor(private readonly address: string) {}

  /**
   * States rates, a thousand at a time.
   * @returns the number of rates
   * @throws AppError invalid_input at the first page with an invalid rate; earlier pages are stored then
   */
  async state(rates: readonly StatedRate[]): Promise<number> {
    let accepted = 0;
    for (let at = 0; at < rates.length; at += PAGE) {
      const page = rates.slice(at, at + PAGE);
      const result = (await this.call('PUT', '/v1/rates', page)) as Stated;
      accepted += result.accepted;
      const [first] = result.rejections;
      if (first !== undefined) {
        throw invalidInput(
          `rate ${at + first.index + 1} is refused: ${first.reason} (${accepted} stated, ${result.rejections.length} refused)`,
        );
      }
    }
    return accepted;
  }

  async list(query: Readonly<Record<string, string>>): Promise<RateList> {
    const text = new URLSearchParams(query).toString();
    return (await this.call('GET', text === '' ? '/v1/rates' : `/v1/rates?${text}`)) as RateList;
  }

  private async call(method: string, path: string, body?: unknown): Promise<unknown> {
    const response = await this.fetch(method, path, body);
    const answer: unknown = await response.json().catch(() => ({}));
    if (response.ok) return answer;
    const { detail, code, field } = answer as { detail?: string; code?: string; field?: string };
    throw new AppError(response.status >= 500 ? 'unavailable' : 'invalid_input', detail ?? `HTTP ${response.status}`, {
      ...(code === undefined || !isErrorCode(code) ? {} : { code }),
      ...(field === undefined ? {} : { field }),
    });
  }

  private async fetch(method: string, path: string, body: unknown): Promise<Response> {
    try {
      return await fetch(new URL(path, this.address), {
        method,
        signal: AbortSignal.timeout(TIMEOUT_MS),
        ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
      });
    } catch (thrown) {
      throw unavailable(
        `ingestion does not answer at ${this.address} (${asError(thrown).message}): see ./fraudflow status, start it with ./fraudflow up, or check --address`,
        { cause: thrown },
      );
    }
  }
}
