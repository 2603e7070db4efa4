import { featuresTopic, type FeaturesEvent } from '@fraudflow/contracts';
import { asError, delay } from '@fraudflow/core';
import type { BusAdmin, RawRecord } from '@fraudflow/messaging';
import { waitFor } from '../wait-for.js';
import { type Expectations, ORACLE_FEATURES } from './oracle.js';

/** Errors that a plain reader of `features` has found; the first few of each kind. */
export interface Findings {
  readonly expected: number;
  readonly emitted: number;
  /** Ids without an output record. */
  readonly lost: readonly string[];
  /** Ids with more than one output record. */
  readonly doubled: readonly string[];
  /** Ids that were never sent. */
  readonly unknown: readonly string[];
  /** Transactions that were emitted before an earlier one of the same customer on the same partition. */
  readonly disordered: readonly string[];
  /** Values that are not bit-identical to the oracle's. */
  readonly different: readonly string[];
  readonly differentRows: number;
}

/** The findings of a run without errors. */
export function faultless(count: number): Findings {
  return {
    expected: count,
    emitted: count,
    lost: [],
    doubled: [],
    unknown: [],
    disordered: [],
    different: [],
    differentRows: 0,
  };
}

const SHOWN = 10;
const IDLE_MS = 50;

/** Reads `features` from the beginning while it grows, like any consumer, and compares every record with the oracle. */
export class FeatureTail {
  /** Indexed by the order of sending. */
  private readonly seen: Uint8Array;
  private readonly lastOfCustomer = new Map<string, number>();
  private readonly doubled: string[] = [];
  private readonly unknown: string[] = [];
  private readonly disordered: string[] = [];
  private readonly different: string[] = [];
  private readonly positions: number[] = [];
  private readonly stopping = new AbortController();
  private emitted = 0;
  private distinct = 0;
  private differentRows = 0;
  private running: Promise<void> | undefined;
  private failure: Error | undefined;

  /** @param expectations of all possible output; the order of its ids is the order of sending */
  constructor(
    private readonly admin: BusAdmin,
    private readonly expectations: Expectations,
  ) {
    this.seen = new Uint8Array(expectations.size);
  }

  start(): void {
    this.running = this.run();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  /** Number of distinct transactions read so far. */
  get count(): number {
    return this.distinct;
  }

  /** Waits until `count` distinct transactions have output records. @throws Error with the findings so far */
  async until(count: number, timeoutMs = 120_000): Promise<void> {
    await waitFor(
      `output of ${count} transactions`,
      async () => this.progress(),
      ({ seen }) => seen >= count,
      timeoutMs,
    );
  }

  /** Waits until all records that are on the topic now have been read. */
  async untilEnd(): Promise<void> {
    const ends = (await this.admin.offsets(featuresTopic.name)).map(({ end }) => end);
    await waitFor(
      'the end of features to be read',
      async () => this.positions.map((position, partition) => (ends[partition] ?? 0) - position),
      (left) => left.length === ends.length && left.every((count) => count <= 0),
      60_000,
    );
  }

  findings(): Findings {
    const { doubled, unknown, disordered, different, differentRows, emitted } = this;
    return {
      expected: this.expectations.size,
      emitted,
      lost: this.lost(),
      doubled,
      unknown,
      disordered,
      different,
      differentRows,
    };
  }

  private lost(): readonly string[] {
    const lost: string[] = [];
    if (this.distinct === this.expectations.size) return lost;
    for (const id of this.expectations.ids()) {
      if (lost.length === SHOWN) break;
      if (this.seen[this.expectations.placeOf(id) ?? -1] === 0) lost.push(id);
    }
    return lost;
  }

  private progress(): { readonly seen: number; readonly wrong: Findings | undefined } {
    if (this.failure) throw this.failure;
    return { seen: this.distinct, wrong: this.differentRows + this.doubled.length === 0 ? undefined : this.findings() };
  }

  private async run(): Promise<void> {
    try {
      const partitions = (await this.admin.partitionCount(featuresTopic.name)) ?? 0;
      this.positions.push(...Array.from({ length: partitions }, () => 0));
      while (!this.stopping.signal.aborted) if (!(await this.readMore())) await delay(IDLE_MS, this.stopping.signal);
    } catch (thrown) {
      this.failure = asError(thrown);
    }
  }

  /** Reads once from every partition. @returns false if there was no new record */
  private async readMore(): Promise<boolean> {
    let hasNew = false;
    for (const [partition, position] of this.positions.entries()) {
      const { records, nextOffset } = await this.admin.read({ topic: featuresTopic.name, partition }, position);
      for (const record of records) this.take(partition, record);
      this.positions[partition] = nextOffset;
      hasNew ||= nextOffset > position;
    }
    return hasNew;
  }

  private take(partition: number, { value }: RawRecord): void {
    if (value === null) return;
    const event = JSON.parse(value.toString('utf8')) as FeaturesEvent;
    const id = event.transaction.transaction_id;
    this.emitted++;
    const place = this.expectations.placeOf(id);
    if (place === undefined) return note(this.unknown, id);
    if (this.seen[place] === 1) return note(this.doubled, id);
    this.seen[place] = 1;
    this.distinct++;
    this.checkOrder(partition, place, event.transaction);
    this.checkValues(id, event.features);
  }

  private checkOrder(partition: number, place: number, transaction: FeaturesEvent['transaction']): void {
    const line = `${partition}:${transaction.customer_id}`;
    if (place < (this.lastOfCustomer.get(line) ?? -1)) note(this.disordered, transaction.transaction_id);
    this.lastOfCustomer.set(line, place);
  }

  private checkValues(id: string, features: FeaturesEvent['features']): void {
    const expected = this.expectations.of(id);
    if (expected === undefined) return;
    const wrong = ORACLE_FEATURES.filter((name, slot) => !Object.is(features[name], expected[slot]));
    if (wrong.length === 0) return;
    this.differentRows++;
    const [name = ''] = wrong;
    note(this.different, `${id} ${name}: ${features[name]} instead of ${expected[ORACLE_FEATURES.indexOf(name)]}`);
  }
}

function note(list: string[], what: string): void {
  if (list.length < SHOWN) list.push(what);
}
