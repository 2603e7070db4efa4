import { idHash } from '@fraudflow/features';

const FIRST_CAPACITY = 1_024;
const EMPTY = 0;
const GENUINE = 1;
const FRAUD = 2;

/**
 * Maps transactions to their label in force. An open-addressing hash table, keyed by the 64-bit hash of the transaction
 * id.
 */
export class LabelsInForce {
  private hi = new Uint32Array(FIRST_CAPACITY);
  private lo = new Uint32Array(FIRST_CAPACITY);
  private verdict = new Uint8Array(FIRST_CAPACITY);
  private at = new Float64Array(FIRST_CAPACITY);
  private count = 0;

  add(transactionId: string, isFraud: boolean, labelledAtMs: number): void {
    if (this.count * 2 >= this.verdict.length) this.grow();
    const { hi, lo } = idHash(transactionId);
    this.put(hi, lo, isFraud ? FRAUD : GENUINE, labelledAtMs);
  }

  get size(): number {
    return this.count;
  }

  /** The slot of a transaction's label; −1 = it has no label. */
  find(transactionId: string): number {
    if (this.count === 0) return -1;
    const { hi, lo } = idHash(transactionId);
    const slot = this.slotOf(hi, lo);
    return this.verdict[slot] === EMPTY ? -1 : slot;
  }

  /** True if the label is fraud. @param place the result of `find` */
  isFraud(place: number): boolean {
    return place >= 0 && this.verdict[place] === FRAUD;
  }

  /** When the label became available, ms; 0 = there is none. */
  labelledAtMs(place: number): number {
    return place < 0 ? 0 : (this.at[place] as number);
  }

  /** The slot of a hash, or the free slot for it. */
  private slotOf(hi: number, lo: number): number {
    const mask = this.verdict.length - 1;
    let slot = (lo ^ (hi >>> 7)) & mask;
    while (this.verdict[slot] !== EMPTY && (this.lo[slot] !== lo || this.hi[slot] !== hi)) slot = (slot + 1) & mask;
    return slot;
  }

  private put(hi: number, lo: number, verdict: number, labelledAtMs: number): void {
    const slot = this.slotOf(hi, lo);
    if (this.verdict[slot] === EMPTY) this.count++;
    this.hi[slot] = hi;
    this.lo[slot] = lo;
    this.verdict[slot] = verdict;
    this.at[slot] = labelledAtMs;
  }

  private grow(): void {
    const { hi, lo, verdict, at } = this;
    const capacity = verdict.length * 2;
    this.hi = new Uint32Array(capacity);
    this.lo = new Uint32Array(capacity);
    this.verdict = new Uint8Array(capacity);
    this.at = new Float64Array(capacity);
    this.count = 0;
    for (let slot = 0; slot < verdict.length; slot++) {
      if (verdict[slot] === EMPTY) continue;
      this.put(hi[slot] as number, lo[slot] as number, verdict[slot] as number, at[slot] as number);
    }
  }
}
