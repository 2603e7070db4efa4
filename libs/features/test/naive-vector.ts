import { DAY_MS } from '@fraudflow/core';
import type { ApplyOutcome, LabelOutcome } from '../src/plan/state-event.js';
import { inForce, keptBeside, refusalOf } from './naive-terminal.js';

export interface NaiveEvent {
  readonly id: string;
  readonly customer: string;
  readonly terminal: string;
  readonly atMs: number;
  readonly amountMinor: number;
}

export interface NaiveLabel {
  readonly id: string;
  readonly terminal: string;
  readonly occurredAtMs: number;
  readonly labelledAtMs: number;
  readonly rank: number;
  readonly isFraud: boolean;
}

export interface Held extends NaiveEvent {
  readonly isOrdinary: boolean;
  readonly labels: NaiveLabel[];
}

const LATENESS_MS = 7 * DAY_MS;
const DELAY_MS = 7 * DAY_MS;

interface Entity {
  newestMs: number;
  events: Held[];
  parked: NaiveLabel[];
}

/** Transactions held by both entities when they are read with `current`, which may be missing among them. */
export interface NaiveRead {
  readonly atMs: number;
  readonly customer: readonly Held[];
  readonly terminal: readonly Held[];
  readonly current: Held;
}

/** Computes a vector by name. */
export type VectorOf = (read: NaiveRead) => Map<string, number>;

const emptyEntity = (): Entity => ({ newestMs: -Infinity, events: [], parked: [] });

/**
 * Reference model of all features of the stream by name, deliberately slow: every vector filters every event and label.
 */
export class NaiveStream {
  readonly #customers = new Map<string, Entity>();
  readonly #terminals = new Map<string, Entity>();
  readonly #vectorOf: VectorOf;

  /** @param vectorOf by default all features of the stream */
  constructor(vectorOf: VectorOf = streamVector) {
    this.#vectorOf = vectorOf;
  }

  /** @returns the vector by name; undefined for a duplicate, or if `asked` is false */
  transaction(event: NaiveEvent, asked = true): Map<string, number> | undefined {
    const customer = entry(this.#customers, event.customer);
    const terminal = entry(this.#terminals, event.terminal);
    const isKnown = (entity: Entity): boolean => entity.events.some((held) => held.id === event.id);
    if (isKnown(customer)) return undefined;
    take(customer, { ...event, isOrdinary: false, labels: [] }, 37 * DAY_MS);
    if (isKnown(terminal)) return undefined;
    const isOrdinary = isOrdinaryFor(customer.events, event);
    const outcome = take(terminal, { ...event, isOrdinary, labels: [] }, 44 * DAY_MS);
    if (outcome !== 'too_late') joinParked(terminal, event);
    if (!asked) return undefined;
    const current = terminal.events.find(({ id }) => id === event.id) ?? { ...event, isOrdinary, labels: [] };
    return this.#vectorOf({ atMs: event.atMs, customer: customer.events, terminal: terminal.events, current });
  }

  /** The vector as of a time, with a transaction that is not applied; undefined if an entity holds its id. */
  read(event: NaiveEvent, atMs: number): Map<string, number> | undefined {
    const customer = entry(this.#customers, event.customer);
    const terminal = entry(this.#terminals, event.terminal);
    if ([...customer.events, ...terminal.events].some((held) => held.id === event.id)) return undefined;
    const isOrdinary = isOrdinaryFor(customer.events, { ...event, atMs });
    const labels = terminal.parked.filter((label) => label.id === event.id && isAlive(label, terminal));
    const current = { ...event, isOrdinary, labels };
    return this.#vectorOf({ atMs, customer: customer.events, terminal: terminal.events, current });
  }

  label(label: NaiveLabel): LabelOutcome | 'other' {
    const terminal = entry(this.#terminals, label.terminal);
    const event = terminal.events.find((held) => held.id === label.id);
    if (event === undefined && label.occurredAtMs < terminal.newestMs - LATENESS_MS) return 'too_late';
    const list = event?.labels ?? terminal.parked;
    const known = event?.labels ?? terminal.parked.filter((parked) => parked.id === label.id);
    if (refusalOf(label, known) !== undefined) return 'other';
    list.splice(0, Infinity, ...keptBeside(label, list), label);
    return event === undefined ? 'parked' : 'applied';
  }
}

function streamVector({ customer, terminal, current }: NaiveRead): Map<string, number> {
  const counted = terminal.includes(current) ? terminal : [...terminal, current];
  const vector = customerVector(customer, current);
  return new Map([...transactionVector(current), ...vector, ...terminalVector(counted, current.atMs)]);
}

function take(entity: Entity, event: Held, retentionMs: number): ApplyOutcome {
  if (event.atMs < entity.newestMs - LATENESS_MS) return 'too_late';
  const outcome = event.atMs < entity.newestMs ? 'late' : 'applied';
  entity.newestMs = Math.max(entity.newestMs, event.atMs);
  // Inserted behind all events of its time, because ties keep their order of arrival.
  entity.events.splice(entity.events.findLastIndex((held) => held.atMs <= event.atMs) + 1, 0, event);
  const kept = entity.events.findIndex((held) => held.atMs > entity.newestMs - retentionMs);
  entity.events.splice(0, kept);
  return outcome;
}

function joinParked(terminal: Entity, event: NaiveEvent): void {
  const alive = terminal.parked.filter((label) => isAlive(label, terminal));
  const held = terminal.events.find((one) => one.id === event.id);
  held?.labels.push(...alive.filter((label) => label.id === event.id));
  terminal.parked = alive.filter((label) => label.id !== event.id);
}

/** True if the transaction of a pending label can still be accepted. */
function isAlive(label: NaiveLabel, terminal: Entity): boolean {
  return label.occurredAtMs >= terminal.newestMs - LATENESS_MS;
}

function transactionVector({ atMs, amountMinor }: NaiveEvent): [string, number][] {
  const date = new Date(atMs);
  return [
    ['tx_amount', amountMinor / 100],
    ['tx_during_weekend', date.getUTCDay() % 6 === 0 ? 1 : 0],
    ['tx_during_night', date.getUTCHours() <= 6 ? 1 : 0],
  ];
}

/** Rows in (t − days, t], including the transaction itself, whether it was kept or not. */
function spent(events: readonly NaiveEvent[], current: NaiveEvent, days: number): number[] {
  const others = events.filter((event) => event.id !== current.id && within(event.atMs, current.atMs, days));
  return [...others.map((event) => event.amountMinor), current.amountMinor];
}

function customerVector(events: readonly NaiveEvent[], current: NaiveEvent): [string, number][] {
  const vector: [string, number][] = [];
  for (const days of [1, 7, 30]) {
    const amounts = spent(events, current, days);
    vector.push([`customer_id_nb_tx_${days}day_window`, amounts.length]);
    vector.push([`customer_id_avg_amount_${days}day_window`, sum(amounts) / (100 * amounts.length)]);
  }
  const before = spent(events, current, 30).slice(0, -1);
  const amount = current.amountMinor;
  const mean = sum(before) / before.length;
  const middle = median(before);
  const max = Math.max(...before);
  const deviation = before.length < 2 ? 0 : sampleDeviation(before);
  const ratio = (yardstick: number): number => (before.length === 0 || yardstick <= 0 ? 1 : amount / yardstick);
  vector.push(['customer_id_amount_to_mean_30day_window', ratio(mean)]);
  vector.push(['customer_id_amount_to_median_30day_window', ratio(middle)]);
  vector.push(['customer_id_amount_to_max_30day_window', ratio(max)]);
  vector.push(['customer_id_amount_z_score_30day_window', deviation === 0 ? 0 : (amount - mean) / deviation]);
  vector.push(['customer_id_nb_tx_before_30day_window', before.length]);
  vector.push(['customer_id_median_amount_before_30day_window', before.length === 0 ? 0 : middle / 100]);
  vector.push(['customer_id_max_amount_before_30day_window', before.length === 0 ? 0 : max / 100]);
  vector.push(['customer_id_std_amount_before_30day_window', deviation / 100]);
  for (const days of [7, 14]) {
    const large = spent(events, current, days).filter((one) => before.length > 0 && one > 2.2 * middle);
    vector.push([`customer_id_nb_above_2_2_median_${days}day_window`, large.length]);
  }
  return vector;
}

function isOrdinaryFor(events: readonly NaiveEvent[], current: NaiveEvent): boolean {
  const before = spent(events, current, 30).slice(0, -1);
  return current.amountMinor <= 22_000 && (before.length === 0 || current.amountMinor < 2.5 * median(before));
}

function terminalVector(events: readonly Held[], atMs: number): [string, number][] {
  const vector: [string, number][] = [];
  const known = (days: number): Held[] => events.filter((event) => within(event.atMs, atMs - DELAY_MS, days));
  const frauds = (days: number): Held[] => known(days).filter((event) => isFraudAt(event, atMs));
  for (const days of [1, 7, 30]) {
    const all = known(days).length;
    vector.push([`terminal_id_nb_tx_${days}day_window`, all]);
    vector.push([`terminal_id_risk_${days}day_window`, all === 0 ? 0 : frauds(days).length / all]);
  }
  for (const days of [1, 3, 7, 14, 21, 28]) {
    vector.push([`terminal_id_nb_known_fraud_${days}day_window`, frauds(days).length]);
  }
  vector.push(['terminal_id_nb_tx_28day_window', known(28).length]);
  const recent = events.filter((event) => within(event.atMs, atMs, 7));
  vector.push(['terminal_id_recent_nb_tx_7day_window', recent.length]);
  const newestFirst = known(30).reverse();
  const streak = (ofFrauds: boolean): number => {
    const gap = newestFirst.findIndex((event) => isFraudAt(event, atMs) !== ofFrauds);
    return gap === -1 ? newestFirst.length : gap;
  };
  vector.push(['terminal_id_known_fraud_streak_30day_window', streak(true)]);
  vector.push(['terminal_id_known_genuine_streak_30day_window', streak(false)]);
  const month = frauds(30);
  const last = month.at(-1);
  const first = month[0];
  const daysSince = (event: Held | undefined): number => (event === undefined ? 37 : (atMs - event.atMs) / DAY_MS);
  vector.push(['terminal_id_days_since_last_known_fraud_30day_window', daysSince(last)]);
  vector.push(['terminal_id_days_since_first_known_fraud_30day_window', daysSince(first)]);
  vector.push(['terminal_id_last_known_fraud_is_ordinary_30day_window', last?.isOrdinary === true ? 1 : 0]);
  return vector;
}

export function isFraudAt(event: Held, atMs: number): boolean {
  return inForce(event.labels.filter((label) => label.labelledAtMs <= atMs))?.isFraud ?? false;
}

const within = (timeMs: number, endMs: number, days: number): boolean =>
  timeMs > endMs - days * DAY_MS && timeMs <= endMs;
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** Two passes around the mean, a method independent of sums of squares. */
function sampleDeviation(values: readonly number[]): number {
  const mean = sum(values) / values.length;
  return Math.sqrt(sum(values.map((value) => (value - mean) ** 2)) / (values.length - 1));
}

function entry(entities: Map<string, Entity>, id: string): Entity {
  const known = entities.get(id) ?? emptyEntity();
  entities.set(id, known);
  return known;
}
