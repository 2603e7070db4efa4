import { DAY_MS } from '@fraudflow/core';
import type { ApplyOutcome, LabelOutcome } from '../src/plan/state-event.js';

export interface NaiveLabel {
  readonly id: string;
  readonly occurredAtMs: number;
  readonly labelledAtMs: number;
  readonly rank: number;
  readonly isFraud: boolean;
}

interface Held {
  readonly id: string;
  readonly atMs: number;
  readonly labels: NaiveLabel[];
}

const DAYS = [1, 7, 30];
const DELAY_MS = 7 * DAY_MS;
const LATENESS_MS = 7 * DAY_MS;
const RETENTION_MS = 44 * DAY_MS;

/** Reference model of the terminal features, deliberately slow: every read filters every event and label. */
export class NaiveTerminal {
  #events: Held[] = [];
  #parked: NaiveLabel[] = [];
  newestMs = -Infinity;

  apply(id: string, atMs: number): ApplyOutcome {
    const same = this.#events.find((known) => known.id === id);
    if (same !== undefined) return same.atMs === atMs ? 'duplicate' : 'reused';
    if (atMs < this.newestMs - LATENESS_MS) return 'too_late';
    const outcome = atMs < this.newestMs ? 'late' : 'applied';
    this.newestMs = Math.max(this.newestMs, atMs);
    this.#parked = this.#parked.filter((label) => label.occurredAtMs >= this.newestMs - LATENESS_MS);
    this.#events.push({ id, atMs, labels: this.#parked.filter((label) => label.id === id) });
    this.#parked = this.#parked.filter((label) => label.id !== id);
    this.#events = this.#events.filter((known) => known.atMs > this.newestMs - RETENTION_MS);
    return outcome;
  }

  applyLabel(label: NaiveLabel): LabelOutcome {
    const event = this.#events.find((known) => known.id === label.id);
    if (event === undefined && label.occurredAtMs < this.newestMs - LATENESS_MS) return 'too_late';
    const known = event?.labels ?? this.#parked.filter((parked) => parked.id === label.id);
    const refusal = refusalOf(label, known);
    if (refusal !== undefined) return refusal;
    if (event === undefined) this.#parked = keptBeside(label, this.#parked).concat(label);
    else event.labels.splice(0, Infinity, ...keptBeside(label, event.labels), label);
    return event === undefined ? 'parked' : 'applied';
  }

  features(atMs: number): number[] {
    return DAYS.flatMap((days) => {
      const endMs = atMs - DELAY_MS;
      const within = this.#events.filter((event) => event.atMs > endMs - days * DAY_MS && event.atMs <= endMs);
      const frauds = within.filter((event) => isFraudAt(event, atMs)).length;
      return [within.length, within.length === 0 ? 0 : frauds / within.length];
    });
  }
}

/** Labels of other transactions, and those of the same transaction that are still in force at some time. */
export function keptBeside<Label extends NaiveLabel>(label: Label, known: readonly Label[]): Label[] {
  return known.filter((other) => other.id !== label.id || refusalOf(other, [label]) === undefined);
}

/** Refuses a label that would never be in force. */
export function refusalOf(label: NaiveLabel, known: readonly NaiveLabel[]): LabelOutcome | undefined {
  const isEqual = (other: NaiveLabel): boolean =>
    other.rank === label.rank && other.isFraud === label.isFraud && other.labelledAtMs === label.labelledAtMs;
  if (known.some(isEqual)) return 'duplicate';
  const available = known.filter((other) => other.labelledAtMs <= label.labelledAtMs);
  return inForce([...available, label]) === label ? undefined : 'superseded';
}

function isFraudAt(event: Held, atMs: number): boolean {
  return inForce(event.labels.filter((label) => label.labelledAtMs <= atMs))?.isFraud ?? false;
}

/** The newest label of the most trusted source; a fraud label of two with the same time. */
export function inForce(labels: readonly NaiveLabel[]): NaiveLabel | undefined {
  const trusted = labels.filter(({ rank }) => rank === Math.min(...labels.map((other) => other.rank)));
  const newestMs = Math.max(...trusted.map(({ labelledAtMs }) => labelledAtMs));
  const newest = trusted.filter(({ labelledAtMs }) => labelledAtMs === newestMs);
  return newest.find(({ isFraud }) => isFraud) ?? newest[0];
}
