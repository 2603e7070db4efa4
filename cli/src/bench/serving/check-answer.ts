import { failedPrecondition } from '@fraudflow/core';
import { z } from 'zod';

const answerSchema = z.object({
  metadata: z.object({ feature_names: z.array(z.string()) }),
  results: z.array(z.object({ values: z.array(z.unknown()), statuses: z.array(z.string()) })),
});

export interface Expectation {
  /** As `httpPost` makes it. */
  readonly request: Uint8Array;
  readonly features: number;
  readonly rows: number;
}

const TIMEOUT_MS = 10_000;

/**
 * Makes a prepared HTTP request once and looks into the answer: a server that says "not found" quickly must not pass
 * for a fast one.
 * @throws AppError failed_precondition unless at least this many columns came, each with a value in every row.
 */
export async function checkAnswer(port: number, { request, features, rows }: Expectation): Promise<void> {
  const text = Buffer.from(request).toString();
  const response = await fetch(`http://127.0.0.1:${port}/get-online-features`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: text.slice(text.indexOf('\r\n\r\n') + 4),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  const answered = await response.text();
  const answer = answerSchema.safeParse(response.ok ? JSON.parse(answered) : undefined);
  if (!answer.success) throw failedPrecondition(`the server answers ${response.status}: ${answered.slice(0, 300)}`);
  const { feature_names: names } = answer.data.metadata;
  const incomplete = answer.data.results.findIndex(({ values, statuses }) => {
    return values.length !== rows || values.includes(null) || statuses.some((status) => status !== 'PRESENT');
  });
  if (incomplete >= 0) throw failedPrecondition(`the server misses values of ${names[incomplete]}`);
  if (names.length < features) throw failedPrecondition(`the server answers ${names.length} of ${features} features`);
}
