import { IdFilter } from './id-filter.js';
import type { IdHash } from './id-hash.js';

const MIN_CAPACITY = 16;
const BYTES_PER_EVENT = 8 + 8 + 8 + 1;
/** From this length on, looking an id up goes through a filter; it is given up at half of it, so that it is not rebuilt at every event. */
const FILTER_FROM = 256;
const FILTER_BELOW = FILTER_FROM / 2;
export const NOT_FOUND = -1;

/**
 * The ring shared by all windows of an entity: events ordered by (time, order of arrival), appended at the end, dropped at
 * the front, columns of one buffer. Positions are sequence numbers that survive drops and compaction, so a window is just a
 * number; only an insertion in the middle moves the ones behind it. The live part is contiguous: when the end of the buffer
 * is reached it moves to the front or into a buffer of twice its length, O(1) amortised.
 */
export class EventLog {
  #times: Float64Array;
  #values: Float64Array;
  /** Two unsigned halves per event: [hi, lo]. */
  #ids: Uint32Array;
  #codes: Uint8Array;
  #capacity: number;
  /** Sequence number of slot 0. */
  #base = 0;
  #first = 0;
  #end = 0;
  #filter: IdFilter | undefined;

  constructor(expectedLength = 0) {
    this.#capacity = Math.max(MIN_CAPACITY, expectedLength);
    [this.#times, this.#values, this.#ids, this.#codes] = columns(this.#capacity);
  }

  /** Sequence number of the oldest event. */
  get first(): number {
    return this.#first;
  }

  /** Sequence number behind the newest event. */
  get end(): number {
    return this.#end;
  }

  get length(): number {
    return this.#end - this.#first;
  }

  /** Bytes held, spare room included. */
  get byteLength(): number {
    return this.#capacity * BYTES_PER_EVENT;
  }

  timeAt(seq: number): number {
    return this.#times[seq - this.#base] as number;
  }

  valueAt(seq: number): number {
    return this.#values[seq - this.#base] as number;
  }

  codeAt(seq: number): number {
    return this.#codes[seq - this.#base] as number;
  }

  hiAt(seq: number): number {
    return this.#ids[2 * (seq - this.#base)] as number;
  }

  loAt(seq: number): number {
    return this.#ids[2 * (seq - this.#base) + 1] as number;
  }

  setValue(seq: number, value: number): void {
    this.#values[seq - this.#base] = value;
  }

  setCode(seq: number, code: number): void {
    this.#codes[seq - this.#base] = code;
  }

  /** Puts an event at `seq` (first ≤ seq ≤ end); events from there on move one up. */
  insert(seq: number, id: IdHash, time: number, value: number): void {
    if (this.#end - this.#base === this.#capacity) this.#makeRoom();
    const slot = seq - this.#base;
    if (seq < this.#end) this.#shiftUp(slot, this.#end - this.#base);
    // Adding 0 turns −0 into 0, which would be equal yet encode differently.
    this.#times[slot] = time + 0;
    this.#values[slot] = value + 0;
    this.#ids[2 * slot] = id.hi;
    this.#ids[2 * slot + 1] = id.lo;
    this.#codes[slot] = 0;
    this.#end++;
    this.#filter?.add(id.lo);
  }

  /** Forgets events at times ≤ `time`. */
  dropThrough(time: number): void {
    while (this.#first < this.#end && this.timeAt(this.#first) <= time) {
      this.#filter?.remove(this.loAt(this.#first));
      this.#first++;
    }
  }

  /** Keeps only the events `keep` says true for, in their order; sequence numbers start anew at `first`. */
  filter(keep: (seq: number) => boolean): void {
    let to = this.#first;
    for (let from = this.#first; from < this.#end; from++) {
      if (keep(from)) this.#copy(from - this.#base, to++ - this.#base);
    }
    this.#end = to;
    this.#filter = undefined;
  }

  /** Sequence number of the first event later than `time`: where an event of that time belongs, behind its equals. */
  upperBound(time: number): number {
    let low = this.#first;
    let high = this.#end;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if (this.timeAt(middle) <= time) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Sequence number of an id, or `NOT_FOUND`. A scan for short logs, a hash lookup for an absent id in long ones. */
  indexOf(id: IdHash): number {
    if (this.length < FILTER_BELOW) this.#filter = undefined;
    else if (this.length >= FILTER_FROM) this.#filter ??= this.#buildFilter();
    if (this.#filter !== undefined && !this.#filter.mayContain(id.lo)) return NOT_FOUND;
    return this.#scan(id);
  }

  /** As `indexOf`, without a scan when the event has the time expected. */
  find(id: IdHash, expectedTime: number): number {
    for (let seq = this.upperBound(expectedTime) - 1; seq >= this.#first && this.timeAt(seq) === expectedTime; seq--) {
      if (this.hiAt(seq) === id.hi && this.loAt(seq) === id.lo) return seq;
    }
    return this.indexOf(id);
  }

  #scan(id: IdHash): number {
    const ids = this.#ids;
    const { hi, lo } = id;
    const stop = 2 * (this.#end - this.#base);
    for (let i = 2 * (this.#first - this.#base); i < stop; i += 2) {
      if (ids[i + 1] === lo && ids[i] === hi) return this.#base + i / 2;
    }
    return NOT_FOUND;
  }

  #buildFilter(): IdFilter {
    const filter = new IdFilter();
    for (let seq = this.#first; seq < this.#end; seq++) filter.add(this.loAt(seq));
    return filter;
  }

  #shiftUp(from: number, to: number): void {
    this.#times.copyWithin(from + 1, from, to);
    this.#values.copyWithin(from + 1, from, to);
    this.#ids.copyWithin(2 * from + 2, 2 * from, 2 * to);
    this.#codes.copyWithin(from + 1, from, to);
  }

  #copy(from: number, to: number): void {
    this.#times[to] = this.#times[from] as number;
    this.#values[to] = this.#values[from] as number;
    this.#ids[2 * to] = this.#ids[2 * from] as number;
    this.#ids[2 * to + 1] = this.#ids[2 * from + 1] as number;
    this.#codes[to] = this.#codes[from] as number;
  }

  /** Aims at a buffer of twice the live length, so that a move is paid for by as many insertions, and a past burst frees its room. */
  #makeRoom(): void {
    const from = this.#first - this.#base;
    const to = this.#end - this.#base;
    const wanted = Math.max(MIN_CAPACITY, this.length * 2);
    const fits = wanted <= this.#capacity && wanted * 4 > this.#capacity;
    const next: Columns = [this.#times, this.#values, this.#ids, this.#codes];
    if (!fits) {
      this.#capacity = wanted;
      [this.#times, this.#values, this.#ids, this.#codes] = columns(this.#capacity);
    }
    this.#times.set(next[0].subarray(from, to));
    this.#values.set(next[1].subarray(from, to));
    this.#ids.set(next[2].subarray(2 * from, 2 * to));
    this.#codes.set(next[3].subarray(from, to));
    this.#base = this.#first;
  }
}

type Columns = [Float64Array, Float64Array, Uint32Array, Uint8Array];

/** Four views of one buffer: one allocation per entity. */
function columns(capacity: number): Columns {
  const buffer = new ArrayBuffer(capacity * BYTES_PER_EVENT);
  return [
    new Float64Array(buffer, 0, capacity),
    new Float64Array(buffer, capacity * 8, capacity),
    new Uint32Array(buffer, capacity * 16, capacity * 2),
    new Uint8Array(buffer, capacity * 24, capacity),
  ];
}
