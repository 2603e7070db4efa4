import { DAY_MS } from '@fraudflow/core';
import type { ApplyOutcome, LabelOutcome } from '../src/index.js';

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

/** The definition of the terminal features written down again, slowly: every read filters every event and label. */
export class NaiveTerminal {
  #events: Held[] = [];
  #parked: NaiveLabel[] = [];
  newestMs = -Infinity;

  apply(id: string, atMs: number): ApplyOutcome {
    if (this.#events.some((known) => known.id === id)) return 'duplicate';
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
    const refusal = refusalOf(label, mostTrusted(known));
    if (refusal !== undefined) return refusal;
    (event?.labels ?? this.#parked).push(label);
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

function refusalOf(label: NaiveLabel, best: NaiveLabel | undefined): LabelOutcome | undefined {
  if (best === undefined || label.rank < best.rank) return undefined;
  return best.rank === label.rank && best.isFraud === label.isFraud ? 'duplicate' : 'superseded';
}

function isFraudAt(event: Held, atMs: number): boolean {
  return mostTrusted(event.labels.filter((label) => label.labelledAtMs <= atMs))?.isFraud ?? false;
}

function mostTrusted(labels: readonly NaiveLabel[]): NaiveLabel | undefined {
  return labels.toSorted((a, b) => a.rank - b.rank)[0];
}
