/**
 * Computes the published features row by row from all earlier rows of the same customer and terminal, without ring
 * buffers, incremental sums, state or code of the product. The only order it uses is the order of arrival. Definition:
 * true per-event sliding windows, left end open, right end closed; terminals end at t − 7 days.
 */
const DAY_MS = 86_400_000;
const WINDOW_DAYS = [1, 7, 30];
const LONGEST_MS = 30 * DAY_MS;
const LABEL_DELAY_MS = 7 * DAY_MS;
const LATENESS_MS = 7 * DAY_MS;

export const ORACLE_FEATURES: readonly string[] = [
  'tx_amount',
  'tx_during_weekend',
  'tx_during_night',
  ...WINDOW_DAYS.flatMap((days) => [`customer_id_nb_tx_${days}day_window`, `customer_id_avg_amount_${days}day_window`]),
  ...WINDOW_DAYS.flatMap((days) => [`terminal_id_nb_tx_${days}day_window`, `terminal_id_risk_${days}day_window`]),
];

/** A transaction; its index in the list is the order of arrival. */
export interface Arrival {
  readonly id: string;
  readonly atMs: number;
  readonly customer: string;
  readonly terminal: string;
  readonly cents: number;
}

export interface LabelArrival {
  readonly id: string;
  readonly isFraud: boolean;
  readonly labelledAtMs: number;
  /** Trust of the source; 0 is the most trusted. */
  readonly rank: number;
}

/** Events of one entity in order of arrival, stored by column, because iterating over a million objects is slow. */
interface Arrived {
  newestMs: number;
  readonly atMs: number[];
  readonly cents: number[];
  readonly labels: (readonly LabelArrival[])[];
}

const NO_LABELS: readonly LabelArrival[] = [];

/** The expected features of each transaction. */
export class Expectations {
  constructor(
    private readonly places: ReadonlyMap<string, number>,
    private readonly values: Float64Array,
    private readonly unpromised: ReadonlySet<string> = new Set(),
  ) {}

  /** Number of distinct transactions. */
  get size(): number {
    return this.places.size;
  }

  ids(): Iterable<string> {
    return this.places.keys();
  }

  /** Index in the order of sending; undefined for an id that was never sent. */
  placeOf(id: string): number | undefined {
    return this.places.get(id);
  }

  /** Values in the order of `ORACLE_FEATURES`; undefined for an id that was never sent or has no expected features. */
  of(id: string): Float64Array | undefined {
    const place = this.places.get(id);
    const width = ORACLE_FEATURES.length;
    if (place === undefined || this.unpromised.has(id)) return undefined;
    return this.values.subarray(place * width, (place + 1) * width);
  }

  /** The same expectations, except that these transactions need an output record with any features. */
  withoutValuesOf(ids: Iterable<string>): Expectations {
    return new Expectations(this.places, this.values, new Set(ids));
  }
}

/** @param labels in order of arrival. They are assumed to arrive before any transaction that they affect. */
export function expectedFeatures(arrivals: readonly Arrival[], labels: readonly LabelArrival[]): Expectations {
  const labelsById = new Map<string, LabelArrival[]>();
  for (const label of labels) labelsById.set(label.id, [...(labelsById.get(label.id) ?? []), label]);
  const customers = new Map<string, Arrived>();
  const terminals = new Map<string, Arrived>();
  const places = new Map<string, number>();
  const values = new Float64Array(arrivals.length * ORACLE_FEATURES.length);
  for (const arrival of arrivals) {
    if (places.has(arrival.id)) continue;
    const place = places.size;
    places.set(arrival.id, place);
    const known = labelsById.get(arrival.id) ?? NO_LABELS;
    const row = [
      ...ofTransaction(arrival),
      ...ofCustomer(arrival, join(customers, arrival.customer, arrival, known)),
      ...ofTerminal(arrival, join(terminals, arrival.terminal, arrival, known)),
    ];
    values.set(row, place * ORACLE_FEATURES.length);
  }
  return new Expectations(places, values);
}

/** Adds the event to its entity unless it is too late. @returns the events that count for it, itself included */
function join(
  entities: Map<string, Arrived>,
  key: string,
  { atMs, cents }: Arrival,
  labels: readonly LabelArrival[],
): Arrived {
  const entity = entities.get(key) ?? { newestMs: -Infinity, atMs: [], cents: [], labels: [] };
  entities.set(key, entity);
  if (atMs < entity.newestMs - LATENESS_MS) {
    const { newestMs } = entity;
    return {
      newestMs,
      atMs: [...entity.atMs, atMs],
      cents: [...entity.cents, cents],
      labels: [...entity.labels, labels],
    };
  }
  entity.newestMs = Math.max(entity.newestMs, atMs);
  entity.atMs.push(atMs);
  entity.cents.push(cents);
  entity.labels.push(labels);
  return entity;
}

function ofTransaction({ atMs, cents }: Arrival): number[] {
  const date = new Date(atMs);
  return [cents / 100, date.getUTCDay() % 6 === 0 ? 1 : 0, date.getUTCHours() <= 6 ? 1 : 0];
}

function ofCustomer({ atMs }: Arrival, seen: Arrived): number[] {
  const windows = WINDOW_DAYS.map((days) => ({ edgeMs: atMs - days * DAY_MS, count: 0, cents: 0 }));
  for (let i = firstReaching(seen.atMs, atMs - LONGEST_MS); i < seen.atMs.length; i++) {
    const eventMs = seen.atMs[i] ?? Number.NaN;
    if (eventMs > atMs) continue;
    for (const window of windows) {
      if (eventMs <= window.edgeMs) continue;
      window.count++;
      window.cents += seen.cents[i] ?? Number.NaN;
    }
  }
  return windows.flatMap(({ count, cents }) => [count, cents / (100 * count)]);
}

function ofTerminal({ atMs }: Arrival, seen: Arrived): number[] {
  const endMs = atMs - LABEL_DELAY_MS;
  const windows = WINDOW_DAYS.map((days) => ({ edgeMs: endMs - days * DAY_MS, count: 0, frauds: 0 }));
  for (let i = firstReaching(seen.atMs, endMs - LONGEST_MS); i < seen.atMs.length; i++) {
    const eventMs = seen.atMs[i] ?? Number.NaN;
    if (eventMs > endMs) continue;
    const isFraud = isKnownFraud(seen.labels[i] ?? NO_LABELS, atMs);
    for (const window of windows) {
      if (eventMs <= window.edgeMs) continue;
      window.count++;
      if (isFraud) window.frauds++;
    }
  }
  return windows.flatMap(({ count, frauds }) => [count, count === 0 ? 0 : frauds / count]);
}

/**
 * First index of an event that may be later than `edgeMs`. No event is accepted if it is more than the allowed lateness
 * behind an earlier arrival. So no event before one that is that far behind the edge can be later than the edge.
 */
function firstReaching(atMs: readonly number[], edgeMs: number): number {
  let from = atMs.length;
  while (from > 0 && (atMs[from - 1] ?? -Infinity) >= edgeMs - LATENESS_MS) from--;
  return from;
}

/** The most trusted label that is available by then; within one source the newest. */
function isKnownFraud(labels: readonly LabelArrival[], atMs: number): boolean {
  let best: LabelArrival | undefined;
  for (const label of labels) {
    if (label.labelledAtMs > atMs) continue;
    const isNewer = label.rank === best?.rank && label.labelledAtMs > best.labelledAtMs;
    if (best === undefined || label.rank < best.rank || isNewer) best = label;
  }
  return best?.isFraud ?? false;
}
