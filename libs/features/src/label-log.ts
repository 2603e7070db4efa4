import { EventLog, NOT_FOUND } from './event-log.js';
import type { IdHash } from './id-hash.js';
import { isMoreTrusted, NO_LABEL, packLabels, type LabelCode } from './label-code.js';
import { ALLOWED_LATENESS_MS } from './time-rules.js';

/** Set in an entry's code while its transaction has not come: its value is then the transaction's time, else its sequence number. */
const PARKED = 0x10;
const CODE_MASK = 0x0f;
const JOINED_ID: IdHash = { hi: 0, lo: 0 };
const MIN_COMPACT_LENGTH = 32;

/**
 * The labels taken for one terminal, ordered by (time of availability, arrival). `known` separates those available at the
 * newest event's time from those of the future, so a label that came early starts to count when its time comes. A label
 * replaced by a more trusted one stays, since it is the one in force until the other is available. Entries whose
 * transaction is forgotten (or can come no more) are dead: never read, never written, dropped when they are half of all.
 */
export class LabelLog {
  readonly #log: EventLog;
  #known = 0;
  #parked = 0;
  #compactFrom = MIN_COMPACT_LENGTH;

  constructor(expectedLength = 0) {
    this.#log = new EventLog(expectedLength);
  }

  get parkedCount(): number {
    return this.#parked;
  }

  get byteLength(): number {
    return this.#log.byteLength;
  }

  get first(): number {
    return this.#log.first;
  }

  get end(): number {
    return this.#log.end;
  }

  labelledAt(entry: number): number {
    return this.#log.timeAt(entry);
  }

  codeAt(entry: number): LabelCode {
    return this.#log.codeAt(entry) & CODE_MASK;
  }

  isParked(entry: number): boolean {
    return (this.#log.codeAt(entry) & PARKED) !== 0;
  }

  /** Sequence number of the transaction of a joined entry. */
  transactionOf(entry: number): number {
    return this.#log.valueAt(entry);
  }

  /** Id and event time of the transaction a parked entry waits for. */
  awaited(entry: number): { readonly id: IdHash; readonly occurredAtMs: number } {
    const log = this.#log;
    return { id: { hi: log.hiAt(entry), lo: log.loAt(entry) }, occurredAtMs: log.valueAt(entry) };
  }

  /** Takes a label of the transaction at `seq`. */
  addJoined(seq: number, labelledAtMs: number, code: LabelCode): void {
    this.#log.setCode(this.#insert(JOINED_ID, labelledAtMs, seq), code);
  }

  /** Takes a label of a transaction not seen yet. */
  addParked(
    awaited: { readonly id: IdHash; readonly occurredAtMs: number },
    labelledAtMs: number,
    code: LabelCode,
  ): void {
    this.#log.setCode(this.#insert(awaited.id, labelledAtMs, awaited.occurredAtMs), code | PARKED);
    this.#parked++;
  }

  /** The next entry that is available at `newest` and was not before, or `NOT_FOUND`. */
  revealNext(newest: number): number {
    if (this.#known === this.#log.end || this.#log.timeAt(this.#known) > newest) return NOT_FOUND;
    return this.#known++;
  }

  /** Joins what waits for the transaction `id`, now at `seq`; returns its labels, packed. */
  join(id: IdHash, seq: number, newest: number): number {
    let inForce = NO_LABEL;
    let best = NO_LABEL;
    for (let entry = this.#log.first; entry < this.#log.end; entry++) {
      if (!this.#awaits(entry, id, newest)) continue;
      const code = this.codeAt(entry);
      this.#log.setValue(entry, seq);
      this.#log.setCode(entry, code);
      this.#parked--;
      if (isMoreTrusted(code, best)) best = code;
      if (this.#log.timeAt(entry) <= newest && isMoreTrusted(code, inForce)) inForce = code;
    }
    return packLabels(inForce, best);
  }

  /** The labels waiting for `id`, packed: the best of all, and the one in force at `atMs`. */
  parkedOf(id: IdHash, atMs: number, newest: number): number {
    let inForce = NO_LABEL;
    let best = NO_LABEL;
    for (let entry = this.#log.first; this.#parked > 0 && entry < this.#log.end; entry++) {
      if (!this.#awaits(entry, id, newest)) continue;
      const code = this.codeAt(entry);
      if (isMoreTrusted(code, best)) best = code;
      if (this.#log.timeAt(entry) <= atMs && isMoreTrusted(code, inForce)) inForce = code;
    }
    return packLabels(inForce, best);
  }

  /** A transaction was inserted at `seq`: those from there on have moved one up. */
  shiftTransactions(seq: number): void {
    for (let entry = this.#log.first; entry < this.#log.end; entry++) {
      if (!this.isParked(entry) && this.transactionOf(entry) >= seq)
        this.#log.setValue(entry, this.transactionOf(entry) + 1);
    }
  }

  /** Sets `codes[i]` to the label in force at `atMs` of transaction `oldest + i`; the caller has zeroed the array. */
  inForceAt(atMs: number, oldest: number, codes: Uint8Array): void {
    const end = this.#log.upperBound(atMs);
    for (let entry = this.#log.first; entry < end; entry++) {
      const at = this.transactionOf(entry) - oldest;
      if (this.isParked(entry) || at < 0) continue;
      const code = this.codeAt(entry);
      if (isMoreTrusted(code, codes[at] as number)) codes[at] = code;
    }
  }

  /** Drops dead entries once they may be half of all. */
  compactIfDue(oldest: number, newest: number): void {
    if (this.#log.length >= this.#compactFrom) this.compact(oldest, newest);
  }

  /** Drops dead entries: `oldest` is the sequence number of the oldest transaction held. */
  compact(oldest: number, newest: number): void {
    this.#log.filter((entry) =>
      this.isParked(entry) ? this.#canStillCome(entry, newest) : this.transactionOf(entry) >= oldest,
    );
    this.#known = this.#log.upperBound(newest);
    this.#compactFrom = Math.max(MIN_COMPACT_LENGTH, this.#log.length * 2);
    this.#parked = 0;
    for (let entry = this.#log.first; entry < this.#log.end; entry++) if (this.isParked(entry)) this.#parked++;
  }

  #insert(id: IdHash, labelledAtMs: number, value: number): number {
    const entry = this.#log.upperBound(labelledAtMs);
    this.#log.insert(entry, id, labelledAtMs, value);
    if (entry < this.#known) this.#known++;
    return entry;
  }

  #awaits(entry: number, id: IdHash, newest: number): boolean {
    const matches = this.#log.loAt(entry) === id.lo && this.#log.hiAt(entry) === id.hi;
    return matches && this.isParked(entry) && this.#canStillCome(entry, newest);
  }

  /** Asked of every parked entry that is read, so that it makes no difference whether the dead ones have been dropped yet. */
  #canStillCome(entry: number, newest: number): boolean {
    return this.#log.valueAt(entry) >= newest - ALLOWED_LATENESS_MS;
  }
}
