import type { IdHash } from './id-hash.js';

const MIN_ROOM = 16;
/** Doubles at the front of the buffer that the owner keeps its running numbers in. */
const REGISTERS = 8;
/** Cells of the id index per event of capacity: at most half are ever taken. */
const CELLS_PER_EVENT = 2;
const BYTES_PER_EVENT = 8 + 8 + 4 + 4 + 4 * CELLS_PER_EVENT;
const TWO_32 = 2 ** 32;
/** 2^32 divided by the golden ratio, odd: spreads the ids of a sequence, whose hashes differ little in their high bits. */
const GOLDEN = 0x9e3779b1;
export const NOT_FOUND = -1;

/**
 * The ring shared by all windows of an entity: events ordered by (time, order of arrival), appended at the end, dropped at
 * the front. Positions are sequence numbers that survive drops and moves, so a window is just a number; only an insertion in
 * the middle moves the ones behind it. The live part is contiguous: when it reaches the end of the buffer it moves to the
 * front, or into a buffer a quarter longer than itself, O(1) amortised.
 *
 * With thousands of entities every touch of an event is a cache miss, and misses are most of the cost. So all of an entity's
 * numbers lie in one buffer: registers, (time, value) pairs, (low, high) halves of ids, and an index of the ids.
 *
 * The index is an open hash table of slots + 1, 0 for a free cell. It is made anew whenever slots move, so nothing is ever
 * deleted from it: a cell of a dropped event is passed over.
 */
export class EventLog {
  #numbers: Float64Array;
  #ids: Uint32Array;
  #capacity: number;
  /** Sequence number of slot 0. */
  #base = 0;
  #first = 0;
  #end = 0;
  #isIndexed = false;
  /** Looking up once is cheaper by a scan. */
  #hasBeenAsked = false;

  constructor(expectedLength = 0) {
    this.#capacity = expectedLength;
    const buffer = bufferFor(this.#capacity);
    this.#numbers = numbersOf(buffer, this.#capacity);
    this.#ids = idsOf(buffer, this.#capacity);
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

  /** Time of the newest event, −Infinity if there is none. Read from the event: a double field of its own would be a box elsewhere. */
  get newest(): number {
    return this.#end === this.#first ? -Infinity : this.timeAt(this.#end - 1);
  }

  /** Bytes held, spare room included. */
  get byteLength(): number {
    return this.#numbers.buffer.byteLength;
  }

  /** One of 8 numbers that belong to the owner of the log, 0 at first. */
  register(index: number): number {
    return this.#numbers[index] as number;
  }

  setRegister(index: number, value: number): void {
    this.#numbers[index] = value;
  }

  addToRegister(index: number, delta: number): void {
    this.#numbers[index] = (this.#numbers[index] as number) + delta;
  }

  timeAt(seq: number): number {
    return this.#numbers[REGISTERS + 2 * (seq - this.#base)] as number;
  }

  valueAt(seq: number): number {
    return this.#numbers[REGISTERS + 2 * (seq - this.#base) + 1] as number;
  }

  setValue(seq: number, value: number): void {
    this.#numbers[REGISTERS + 2 * (seq - this.#base) + 1] = value;
  }

  loAt(seq: number): number {
    return this.#ids[2 * (seq - this.#base)] as number;
  }

  hiAt(seq: number): number {
    return this.#ids[2 * (seq - this.#base) + 1] as number;
  }

  /** Puts an event at `seq` (first ≤ seq ≤ end); events from there on move one up. */
  insert(seq: number, id: IdHash, time: number, value: number): void {
    if (this.#end - this.#base === this.#capacity) this.#makeRoom();
    const slot = seq - this.#base;
    if (seq < this.#end) this.#moveSlots(slot, this.#end - this.#base, slot + 1);
    else if (this.#isIndexed) this.#addToIndex(slot, id.hi, id.lo);
    const at = REGISTERS + 2 * slot;
    // Adding 0 turns −0 into 0, which would be equal yet encode differently.
    this.#numbers[at] = time + 0;
    this.#numbers[at + 1] = value + 0;
    this.#ids[2 * slot] = id.lo;
    this.#ids[2 * slot + 1] = id.hi;
    this.#end++;
  }

  /** Forgets events at times ≤ `time`. */
  dropThrough(time: number): void {
    while (this.#first < this.#end && this.timeAt(this.#first) <= time) this.#first++;
  }

  /** Keeps only the events `keep` says true for, in their order; those kept get new sequence numbers from `first` on. */
  filter(keep: (seq: number) => boolean): void {
    let to = this.#first;
    for (let from = this.#first; from < this.#end; from++) {
      if (!keep(from)) continue;
      if (to < from) this.#moveSlots(from - this.#base, from - this.#base + 1, to - this.#base);
      to++;
    }
    this.#end = to;
    this.#isIndexed = false;
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

  /** Sequence number of an id, or `NOT_FOUND`. O(1), but the first time a scan: a log unpacked for one event needs no index. */
  indexOf(id: IdHash): number {
    if (this.length === 0) return NOT_FOUND;
    if (!this.#isIndexed) {
      if (!this.#hasBeenAsked) return this.#scan(id.hi, id.lo);
      this.#buildIndex();
    }
    const cells = this.#ids;
    const { hi, lo } = id;
    const from = 2 * this.#capacity;
    let cell = this.#cellOf(hi, lo);
    for (let slot = cells[from + cell] as number; slot !== 0; slot = cells[from + cell] as number) {
      const at = 2 * (slot - 1);
      if (cells[at] === lo && cells[at + 1] === hi && slot > this.#first - this.#base) return this.#base + slot - 1;
      cell = cell + 1 === from ? 0 : cell + 1;
    }
    return NOT_FOUND;
  }

  /** As `indexOf`, without a scan when the event has the time expected. */
  find(id: IdHash, expectedTime: number): number {
    for (let seq = this.upperBound(expectedTime) - 1; seq >= this.#first && this.timeAt(seq) === expectedTime; seq--) {
      if (this.loAt(seq) === id.lo && this.hiAt(seq) === id.hi) return seq;
    }
    return this.indexOf(id);
  }

  #scan(hi: number, lo: number): number {
    this.#hasBeenAsked = true;
    for (let seq = this.#first; seq < this.#end; seq++) if (this.loAt(seq) === lo && this.hiAt(seq) === hi) return seq;
    return NOT_FOUND;
  }

  #buildIndex(): void {
    this.#ids.fill(0, 2 * this.#capacity);
    for (let seq = this.#first; seq < this.#end; seq++) {
      this.#addToIndex(seq - this.#base, this.hiAt(seq), this.loAt(seq));
    }
    this.#isIndexed = true;
  }

  #addToIndex(slot: number, hi: number, lo: number): void {
    const from = 2 * this.#capacity;
    let cell = this.#cellOf(hi, lo);
    while (this.#ids[from + cell] !== 0) cell = cell + 1 === from ? 0 : cell + 1;
    this.#ids[from + cell] = slot + 1;
  }

  /** The cell an id belongs in: there are as many cells, 2 × capacity, as words of ids before them. */
  #cellOf(hi: number, lo: number): number {
    return Math.floor(((Math.imul(lo ^ hi, GOLDEN) >>> 0) * CELLS_PER_EVENT * this.#capacity) / TWO_32);
  }

  /** Moves slots [from, end) so that they begin at `to`; the index no longer holds. */
  #moveSlots(from: number, end: number, to: number): void {
    this.#numbers.copyWithin(REGISTERS + 2 * to, REGISTERS + 2 * from, REGISTERS + 2 * end);
    this.#ids.copyWithin(2 * to, 2 * from, 2 * end);
    this.#isIndexed = false;
  }

  /** Leaves room for a quarter of the live length: little to keep in caches, and four moves of an event per insertion at most. A past burst frees its room. */
  #makeRoom(): void {
    const from = this.#first - this.#base;
    const end = this.#end - this.#base;
    const wanted = this.length + Math.max(MIN_ROOM, this.length >> 2);
    if (wanted <= this.#capacity && wanted * 2 > this.#capacity) this.#moveSlots(from, end, 0);
    else this.#reallocate(wanted, from, end);
    this.#base = this.#first;
  }

  #reallocate(capacity: number, from: number, end: number): void {
    const buffer = bufferFor(capacity);
    const numbers = numbersOf(buffer, capacity);
    const ids = idsOf(buffer, capacity);
    numbers.set(this.#numbers.subarray(0, REGISTERS));
    numbers.set(this.#numbers.subarray(REGISTERS + 2 * from, REGISTERS + 2 * end), REGISTERS);
    ids.set(this.#ids.subarray(2 * from, 2 * end));
    this.#isIndexed = false;
    this.#numbers = numbers;
    this.#ids = ids;
    this.#capacity = capacity;
  }
}

const numberCount = (capacity: number): number => REGISTERS + 2 * capacity;
const bufferFor = (capacity: number): ArrayBuffer => new ArrayBuffer(8 * REGISTERS + BYTES_PER_EVENT * capacity);
const numbersOf = (buffer: ArrayBuffer, capacity: number): Float64Array =>
  new Float64Array(buffer, 0, numberCount(capacity));
const idsOf = (buffer: ArrayBuffer, capacity: number): Uint32Array =>
  new Uint32Array(buffer, 8 * numberCount(capacity), (2 + CELLS_PER_EVENT) * capacity);
