import { failedPrecondition } from '@fraudflow/core';
import { z } from 'zod';

const responseSchema = z.object({
  metadata: z.object({ feature_names: z.array(z.string()) }),
  results: z.array(z.object({ values: z.array(z.unknown()), statuses: z.array(z.string()) })),
});

export interface Expectation {
  /** A request of `httpPost`. */
  readonly request: Uint8Array;
  readonly features: number;
  readonly rows: number;
}

const TIMEOUT_MS = 10_000;

/**
 * Makes a prepared HTTP request once and checks the content of the response: a server that quickly responds "not found"
 * must not count as fast.
 * @throws AppError failed_precondition unless the response has at least `features` columns, each with a value in every
 * row
 */
export async function checkResponse(port: number, { request, features, rows }: Expectation): Promise<void> {
  const text = Buffer.from(request).toString();
  const response = await fetch(`http://127.0.0.1:${port}/get-online-features`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: text.slice(text.indexOf('\r\n\r\n') + 4),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  const content = await response.text();
  const parsed = responseSchema.safeParse(response.ok ? JSON.parse(content) : undefined);
  if (!parsed.success) throw failedPrecondition(`the server responds ${response.status}: ${content.slice(0, 300)}`);
  const { feature_names: names } = parsed.data.metadata;
  const incomplete = parsed.data.results.findIndex(({ values, statuses }) => {
    return values.length !== rows || values.includes(null) || statuses.some((status) => status !== 'PRESENT');
  });
  if (incomplete >= 0) throw failedPrecondition(`the response lacks values of ${names[incomplete]}`);
  if (names.length < features) throw failedPrecondition(`the server returns ${names.length} of ${features} features`);
}
