import { EventLog, NOT_FOUND } from './event-log.js';
import type { IdHash } from './id-hash.js';
import { isMoreTrusted, NO_LABEL, packLabels, type LabelCode } from './label-code.js';
import { codeOf, isParkedEntry, joinedEntry, parkedEntry, payloadOf } from './label-entry.js';
import { ALLOWED_LATENESS_MS } from './time-rules.js';

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
  /** When the entry at `known` becomes available; Infinity if all are. */
  #nextAtMs = Infinity;
  #parked = 0;
  #compactFrom = MIN_COMPACT_LENGTH;

  constructor(expectedLength = 0) {
    this.#log = new EventLog(expectedLength);
  }

  get parkedCount(): number {
    return this.#parked;
  }

  /** Event time from which on the next event has to look here: that of the next label to count, or any if one is parked. */
  get dueAtMs(): number {
    return this.#parked > 0 ? -Infinity : this.#nextAtMs;
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
    return codeOf(this.#log.valueAt(entry));
  }

  isParked(entry: number): boolean {
    return isParkedEntry(this.#log.valueAt(entry));
  }

  /** Sequence number of the transaction of a joined entry. */
  transactionOf(entry: number): number {
    return payloadOf(this.#log.valueAt(entry));
  }

  /** Id and event time of the transaction a parked entry waits for. */
  awaited(entry: number): { readonly id: IdHash; readonly occurredAtMs: number } {
    const log = this.#log;
    return { id: { hi: log.hiAt(entry), lo: log.loAt(entry) }, occurredAtMs: payloadOf(log.valueAt(entry)) };
  }

  /** Takes a label of the transaction at `seq`. */
  addJoined(seq: number, labelledAtMs: number, code: LabelCode): void {
    this.#insert(JOINED_ID, labelledAtMs, joinedEntry(seq, code));
  }

  /** Takes a label of a transaction not seen yet. */
  addParked(
    awaited: { readonly id: IdHash; readonly occurredAtMs: number },
    labelledAtMs: number,
    code: LabelCode,
  ): void {
    this.#insert(awaited.id, labelledAtMs, parkedEntry(awaited.occurredAtMs, code));
    this.#parked++;
  }

  /** The next entry that is available at `newest` and was not before, or `NOT_FOUND`. */
  revealNext(newest: number): number {
    if (this.#nextAtMs > newest) return NOT_FOUND;
    const entry = this.#known++;
    this.#noteNext();
    return entry;
  }

  /** Joins what waits for the transaction `id`, now at `seq`; returns its labels, packed. */
  join(id: IdHash, seq: number, newest: number): number {
    let inForce = NO_LABEL;
    let best = NO_LABEL;
    for (let entry = this.#log.first; entry < this.#log.end; entry++) {
      if (!this.#awaits(entry, id, newest)) continue;
      const code = this.codeAt(entry);
      this.#log.setValue(entry, joinedEntry(seq, code));
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
        this.#log.setValue(entry, joinedEntry(this.transactionOf(entry) + 1, this.codeAt(entry)));
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
    this.#noteNext();
    this.#compactFrom = Math.max(MIN_COMPACT_LENGTH, this.#log.length * 2);
    this.#parked = 0;
    for (let entry = this.#log.first; entry < this.#log.end; entry++) if (this.isParked(entry)) this.#parked++;
  }

  #insert(id: IdHash, labelledAtMs: number, value: number): void {
    const entry = this.#log.upperBound(labelledAtMs);
    this.#log.insert(entry, id, labelledAtMs, value);
    if (entry < this.#known) this.#known++;
    this.#noteNext();
  }

  #noteNext(): void {
    this.#nextAtMs = this.#known < this.#log.end ? this.#log.timeAt(this.#known) : Infinity;
  }

  #awaits(entry: number, id: IdHash, newest: number): boolean {
    const matches = this.#log.loAt(entry) === id.lo && this.#log.hiAt(entry) === id.hi;
    return matches && this.isParked(entry) && this.#canStillCome(entry, newest);
  }

  /** Asked of every parked entry that is read, so that it makes no difference whether the dead ones have been dropped yet. */
  #canStillCome(entry: number, newest: number): boolean {
    return payloadOf(this.#log.valueAt(entry)) >= newest - ALLOWED_LATENESS_MS;
  }
}
