import { type CodedLabel, isDominated, isFraudCode, type LabelCode, NO_LABEL, precedes } from '../plan/label-code.js';
import type { LabelEvent } from '../plan/state-event.js';
import { ALLOWED_LATENESS_MS, MAX_LABELS_PER_TRANSACTION } from '../catalog/time-rules.js';

/** A pending label: kept until its transaction arrives. */
export interface ParkedLabel {
  readonly hi: number;
  readonly lo: number;
  readonly occurredAtMs: number;
  readonly labelledAtMs: number;
  readonly code: LabelCode;
}

interface Pending {
  readonly labelledAtMs: number;
  readonly seq: number;
}

/**
 * Labels of one terminal. Labels of transactions held are ordered by (sequence number, time, code); only those that are
 * in force at some time are kept, so the order of arrival does not matter. The known frauds as of the newest event are
 * derived from them and cached.
 */
export class TerminalLabels {
  /** Sequence numbers of known frauds, ascending. */
  readonly frauds: number[] = [];
  readonly #seqs: number[] = [];
  readonly #labelledAt: number[] = [];
  readonly #codes: LabelCode[] = [];
  /** Labels that will become available later, by time. */
  readonly #pending: Pending[] = [];
  #parked: ParkedLabel[] = [];

  get parkedCount(): number {
    return this.#parked.length;
  }

  get isEmpty(): boolean {
    return this.#seqs.length === 0 && this.#parked.length === 0;
  }

  /** When the next label becomes available; Infinity if there is none. */
  get nextAtMs(): number {
    return this.#pending[0]?.labelledAtMs ?? Infinity;
  }

  /** Label in force of a transaction, among those available at `atMs`: see `compareLabels`. */
  inForce(seq: number, atMs: number): LabelCode {
    let best = NOTHING;
    for (let i = lowerBound(this.#seqs, seq); this.#seqs[i] === seq; i++) {
      const label = this.at(i);
      if (label.labelledAtMs <= atMs && precedes(label, best)) best = label;
    }
    return best.code;
  }

  /** Why a label of the transaction `seq` would change nothing at any time; undefined if it would. */
  refusalOf(seq: number, label: CodedLabel): 'duplicate' | 'superseded' | undefined {
    const [from, end] = this.range(seq, seq + 1);
    let found: ReturnType<typeof refusal>;
    for (let i = from; i < end; i++) found ??= refusal(label, this.at(i));
    return found;
  }

  /** Adds a label of the transaction `seq` that is in force at some time, and removes labels that no longer are. */
  join(seq: number, labelledAtMs: number, { code, newestMs }: { code: LabelCode; newestMs: number }): void {
    const label = { code, labelledAtMs };
    this.#removeDominated(seq, label);
    let [at, end] = this.range(seq, seq + 1);
    if (end - at >= MAX_LABELS_PER_TRANSACTION) {
      this.#remove(at);
      end--;
    }
    while (at < end && isBefore(this.at(at), label)) at++;
    this.#seqs.splice(at, 0, seq);
    this.#labelledAt.splice(at, 0, labelledAtMs);
    this.#codes.splice(at, 0, code);
    if (labelledAtMs <= newestMs) this.#decide(seq, newestMs);
    else this.#await({ labelledAtMs, seq });
  }

  /**
   * Adds a label of the transaction `seq` as read from the store. All of them become available with the next `reveal`.
   */
  restore(seq: number, labelledAtMs: number, code: LabelCode): void {
    this.join(seq, labelledAtMs, { code, newestMs: -Infinity });
  }

  /** Puts the labels in force that have become available. */
  reveal(newestMs: number): void {
    let count = 0;
    while ((this.#pending[count]?.labelledAtMs ?? Infinity) <= newestMs) {
      this.#decide((this.#pending[count] as Pending).seq, newestMs);
      count++;
    }
    this.#pending.splice(0, count);
  }

  /** Moves the labels of transactions from `seq` on up by one, after a transaction was inserted there. */
  shift(seq: number): void {
    for (const list of [this.#seqs, this.frauds]) {
      for (let i = lowerBound(list, seq); i < list.length; i++) list[i] = (list[i] as number) + 1;
    }
    for (let i = 0; i < this.#pending.length; i++) {
      const pending = this.#pending[i] as Pending;
      if (pending.seq >= seq) this.#pending[i] = { ...pending, seq: pending.seq + 1 };
    }
  }

  /** Removes the labels of transactions before `firstKept`, and known frauds before `first`. */
  drop(firstKept: number, first: number): void {
    const count = lowerBound(this.#seqs, firstKept);
    if (count > 0) for (const list of [this.#seqs, this.#labelledAt, this.#codes]) list.splice(0, count);
    if ((this.frauds[0] ?? Infinity) < first) this.frauds.splice(0, lowerBound(this.frauds, first));
    const isDead = ({ seq }: Pending): boolean => seq < first;
    if (!this.#pending.some(isDead)) return;
    const alive = this.#pending.filter((pending) => !isDead(pending));
    this.#pending.splice(0, this.#pending.length, ...alive);
  }

  /**
   * Keeps a pending label that `parkedRefusalOf` has not refused, and removes those of the same transaction that are no
   * longer in force.
   */
  park(label: LabelEvent, code: LabelCode, newestMs: number): void {
    const { hi, lo } = label.idHash;
    const { occurredAtMs, labelledAtMs } = label;
    const parked = { hi: hi | 0, lo: lo | 0, occurredAtMs: occurredAtMs + 0, labelledAtMs: labelledAtMs + 0, code };
    const isKept = (other: ParkedLabel): boolean =>
      !awaits(other, label.idHash, newestMs) || !isDominated(other, parked);
    if (!this.#parked.every(isKept)) this.#parked = this.#parked.filter(isKept);
    this.addParked(parked);
  }

  addParked(label: ParkedLabel): void {
    this.#parked.push(label);
  }

  /** The label in force among an id's pending labels that are available at `atMs`. */
  parkedInForce({ idHash }: Pick<LabelEvent, 'idHash'>, atMs: number, newestMs: number): LabelCode {
    let best = NOTHING;
    for (const label of this.#parked) {
      if (label.labelledAtMs > atMs || !awaits(label, idHash, newestMs)) continue;
      if (precedes(label, best)) best = label;
    }
    return best.code;
  }

  /** As `refusalOf`, among the pending labels of the same transaction. */
  parkedRefusalOf(
    { idHash }: Pick<LabelEvent, 'idHash'>,
    label: CodedLabel,
    newestMs: number,
  ): 'duplicate' | 'superseded' | undefined {
    let found: ReturnType<typeof refusal>;
    for (const other of this.#parked) if (awaits(other, idHash, newestMs)) found ??= refusal(label, other);
    return found;
  }

  /** Joins the pending labels of a transaction that has arrived. */
  joinParked({ idHash }: Pick<LabelEvent, 'idHash'>, seq: number, newestMs: number): void {
    const joined = this.#parked.filter((label) => awaits(label, idHash, newestMs));
    if (joined.length === 0) return;
    this.#parked = this.#parked.filter((label) => !joined.includes(label));
    for (const { labelledAtMs, code } of joined) this.join(seq, labelledAtMs, { code, newestMs });
  }

  /** Drops pending labels whose transactions could no longer be accepted. */
  unpark(newestMs: number): void {
    this.#parked = this.#parked.filter((label) => canStillCome(label, newestMs));
  }

  /** The pending labels whose transactions can still arrive, in order of arrival. */
  parked(newestMs: number): readonly ParkedLabel[] {
    return this.#parked.filter((label) => canStillCome(label, newestMs));
  }

  /** Positions [from, end) of the labels of transactions with from ≤ seq < end. */
  range(from: number, end: number): readonly [number, number] {
    return [lowerBound(this.#seqs, from), lowerBound(this.#seqs, end)];
  }

  /** The label at a position. */
  at(position: number): { readonly seq: number; readonly labelledAtMs: number; readonly code: LabelCode } {
    return {
      seq: this.#seqs[position] as number,
      labelledAtMs: this.#labelledAt[position] as number,
      code: this.#codes[position] as LabelCode,
    };
  }

  /** Writes the sequence numbers from ≤ seq < end of the known frauds as of any time to `into`. */
  fraudsAt(atMs: number, [from, end]: readonly [number, number], into: number[]): void {
    into.length = 0;
    const [low, high] = this.range(from, end);
    for (let i = low; i < high; i++) {
      const seq = this.#seqs[i] as number;
      if (into.at(-1) !== seq && isFraudCode(this.inForce(seq, atMs))) into.push(seq);
    }
  }

  #removeDominated(seq: number, by: CodedLabel): void {
    const [from, end] = this.range(seq, seq + 1);
    for (let i = end - 1; i >= from; i--) if (isDominated(this.at(i), by)) this.#remove(i);
  }

  #remove(at: number): void {
    for (const list of [this.#seqs, this.#labelledAt, this.#codes]) list.splice(at, 1);
  }

  #await(pending: Pending): void {
    let at = this.#pending.length;
    while (at > 0 && (this.#pending[at - 1] as Pending).labelledAtMs > pending.labelledAtMs) at--;
    this.#pending.splice(at, 0, pending);
  }

  #decide(seq: number, newestMs: number): void {
    const at = lowerBound(this.frauds, seq);
    const isKnown = this.frauds[at] === seq;
    const isFraud = isFraudCode(this.inForce(seq, newestMs));
    if (isFraud && !isKnown) this.frauds.splice(at, 0, seq);
    else if (!isFraud && isKnown) this.frauds.splice(at, 1);
  }
}

const NOTHING: CodedLabel = { code: NO_LABEL, labelledAtMs: -Infinity };

/** No kept label dominates another, so one alone decides. */
function refusal(label: CodedLabel, known: CodedLabel): 'duplicate' | 'superseded' | undefined {
  if (!isDominated(label, known)) return undefined;
  return label.code === known.code && label.labelledAtMs === known.labelledAtMs ? 'duplicate' : 'superseded';
}

/** Order of a transaction's labels in memory. */
function isBefore(a: CodedLabel, b: CodedLabel): boolean {
  return a.labelledAtMs === b.labelledAtMs ? a.code < b.code : a.labelledAtMs < b.labelledAtMs;
}

/** Applied to every pending label that is read, so that the result does not depend on when expired ones are dropped. */
function canStillCome({ occurredAtMs }: ParkedLabel, newestMs: number): boolean {
  return occurredAtMs >= newestMs - ALLOWED_LATENESS_MS;
}

function awaits(label: ParkedLabel, { hi, lo }: LabelEvent['idHash'], newestMs: number): boolean {
  return label.lo === (lo | 0) && label.hi === (hi | 0) && canStillCome(label, newestMs);
}

/** First position of a number ≥ `value` in an ascending list. */
export function lowerBound(list: readonly number[], value: number): number {
  let low = 0;
  let high = list.length;
  if (high > 0 && (list[high - 1] as number) < value) return high;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((list[middle] as number) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
