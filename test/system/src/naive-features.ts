/**
 * Computes the published features directly from the rows, without ring buffers, incremental sums, state or code of the
 * product. Definition of the windows: left end open, right end closed; windows of terminals end 7 days before the
 * transaction.
 */
const DAY = 86_400_000;
const WINDOW_DAYS = [1, 7, 30] as const;
const DELAY = 7 * DAY;

export interface KnownTransaction {
  readonly id: string;
  readonly atMs: number;
  readonly customer: string;
  readonly terminal: string;
  readonly cents: number;
  readonly isFraud: boolean;
}

interface Timeline {
  readonly times: number[];
  /** Prefix sums: sums of all events before index i. */
  readonly cents: number[];
  readonly frauds: number[];
}

/**
 * Features by name for each row, in the order of the rows. Frauds are known exactly seven days after the transaction.
 */
export function naiveFeatures(rows: readonly KnownTransaction[]): Map<string, Record<string, number>> {
  const customers = timelines(rows, ({ customer }) => customer);
  const terminals = timelines(rows, ({ terminal }) => terminal);
  const place = new Map<string, number>();
  const features = new Map<string, Record<string, number>>();
  for (const row of rows) {
    const index = place.get(row.customer) ?? 0;
    place.set(row.customer, index + 1);
    features.set(row.id, {
      ...ofTransaction(row),
      ...ofCustomer(row, customers.get(row.customer) as Timeline, index),
      ...ofTerminal(row, terminals.get(row.terminal) as Timeline),
    });
  }
  return features;
}

function timelines(rows: readonly KnownTransaction[], key: (row: KnownTransaction) => string): Map<string, Timeline> {
  const all = new Map<string, Timeline>();
  for (const row of rows) {
    const line = all.get(key(row)) ?? { times: [], cents: [0], frauds: [0] };
    all.set(key(row), line);
    line.times.push(row.atMs);
    line.cents.push((line.cents.at(-1) ?? 0) + row.cents);
    line.frauds.push((line.frauds.at(-1) ?? 0) + (row.isFraud ? 1 : 0));
  }
  return all;
}

function ofTransaction({ atMs, cents }: KnownTransaction): Record<string, number> {
  const date = new Date(atMs);
  return {
    tx_amount: cents / 100,
    tx_during_weekend: date.getUTCDay() % 6 === 0 ? 1 : 0,
    tx_during_night: date.getUTCHours() <= 6 ? 1 : 0,
  };
}

function ofCustomer({ atMs }: KnownTransaction, line: Timeline, index: number): Record<string, number> {
  const features: Record<string, number> = {};
  for (const days of WINDOW_DAYS) {
    const from = firstAfter(line.times, atMs - days * DAY);
    const count = index + 1 - from;
    const sum = (line.cents[index + 1] ?? 0) - (line.cents[from] ?? 0);
    features[`customer_id_nb_tx_${days}day_window`] = count;
    features[`customer_id_avg_amount_${days}day_window`] = sum / count / 100;
  }
  return features;
}

function ofTerminal({ atMs }: KnownTransaction, line: Timeline): Record<string, number> {
  const features: Record<string, number> = {};
  const end = firstAfter(line.times, atMs - DELAY);
  for (const days of WINDOW_DAYS) {
    const from = firstAfter(line.times, atMs - DELAY - days * DAY);
    const count = end - from;
    const frauds = (line.frauds[end] ?? 0) - (line.frauds[from] ?? 0);
    features[`terminal_id_nb_tx_${days}day_window`] = count;
    features[`terminal_id_risk_${days}day_window`] = count === 0 ? 0 : frauds / count;
  }
  return features;
}

/** Index of the first time greater than `time`, by binary search. */
function firstAfter(times: readonly number[], time: number): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[middle] as number) <= time) low = middle + 1;
    else high = middle;
  }
  return low;
}
