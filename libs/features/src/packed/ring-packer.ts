import type { PackedSlab } from '@fraudflow/runtime-tuning';
import { PackedBuffer, type PackedColumns, type PackedHeader, type PackedPart } from './packed-ring.js';
import { AMOUNT, ATTRIBUTE_BITS, END, FIRST, HIGH, ID_WORDS, LOW, ROW_WORDS, TIME } from '../ring/ring-layout.js';
import { isNarrow } from '../ring/ring-rows.js';
import type { Rings } from '../ring/rings.js';
import type { Segments } from './segments.js';
import type { StateEntity } from './state-keys.js';
import type { ParkedLabel, TerminalLabels } from '../labels/terminal-labels.js';

/** Parts of a ring that are kept outside of its block. */
export interface RingExtras {
  readonly labels: TerminalLabels | undefined;
  readonly segments: Segments | undefined;
}

interface Packing {
  readonly extras: RingExtras;
  readonly slab: PackedSlab;
}

interface Part {
  readonly part: PackedPart;
  /** Slots [from, end). */
  readonly from: number;
  readonly end: number;
}

interface PartLabels {
  readonly labels: TerminalLabels;
  readonly from: number;
  readonly end: number;
  readonly parked: readonly ParkedLabel[];
}

/** Shared scratch buffer; results are copied out immediately. */
const buffer = new PackedBuffer();

/** Packs rings of one kind into bytes. */
export class RingPacker {
  readonly #rings: Rings;
  readonly #entity: StateEntity;

  constructor(rings: Rings, entity: StateEntity) {
    this.#rings = rings;
    this.#entity = entity;
  }

  /** Packs a ring's head: all rows of a small ring; the open rows and the list of segments of a large one. */
  packHead(block: number, extras: RingExtras, slab: PackedSlab): Uint8Array {
    const { i32 } = this.#rings.arena;
    const from = this.#rings.physicalOf(block) + (extras.segments?.rows ?? 0);
    return this.#pack(block, { part: 'ring', from, end: i32[block + END] as number }, { extras, slab });
  }

  /** Packs one closed segment: `rows` rows, beginning with the stored row `from`. */
  packSegment(
    block: number,
    { from, rows }: { readonly from: number; readonly rows: number },
    extras: RingExtras,
    slab: PackedSlab,
  ): Uint8Array {
    const start = this.#rings.physicalOf(block) + from;
    return this.#pack(block, { part: 'segment', from: start, end: start + rows }, { extras, slab });
  }

  #pack(block: number, part: Part, { extras, slab }: Packing): Uint8Array {
    const labels = this.#labelsOf(block, part, extras);
    let header = this.#headerOf(block, part, { labels, segments: extras.segments });
    let columns = buffer.begin(this.#entity, part.part, header);
    if (!this.#writeRows(block, part, { header, columns })) {
      header = { ...header, isWide: true };
      columns = buffer.begin(this.#entity, part.part, header);
      this.#writeRows(block, part, { header, columns });
    }
    if (header.segments > 0) this.#writeDirectory(columns, extras.segments);
    if (labels !== undefined) this.#writeLabels(labels, columns, this.#rings.baseOf(block) + part.from);
    return buffer.finish(columns, header.parked, slab);
  }

  #labelsOf(block: number, { part, from, end }: Part, { labels }: RingExtras): PartLabels | undefined {
    if (labels === undefined) return undefined;
    const base = this.#rings.baseOf(block);
    const [first, last] = labels.range(base + from, base + end);
    const parked = part === 'ring' ? labels.parked(this.#rings.rows.newestOf(block)) : [];
    return { labels, from: first, end: last, parked };
  }

  #headerOf(
    block: number,
    { part, from, end }: Part,
    { labels, segments }: { readonly labels: PartLabels | undefined; readonly segments: Segments | undefined },
  ): PackedHeader {
    const { i32 } = this.#rings.arena;
    const { rows } = this.#rings;
    const isHead = part === 'ring';
    return {
      rows: end - from,
      isWide: false,
      newest: end === from ? 0 : rows.timeOf(block, end - 1),
      labels: labels === undefined ? 0 : labels.end - labels.from,
      parked: labels?.parked.length ?? 0,
      segments: isHead ? (segments?.list.length ?? 0) : 0,
      expired: isHead && segments !== undefined ? (i32[block + FIRST] as number) - this.#rings.physicalOf(block) : 0,
      nextSegmentId: isHead ? (segments?.nextId ?? 0) : 0,
    };
  }

  /** @returns false if there are amounts that need a wide column, but the header states that there are none */
  #writeRows(
    block: number,
    { from, end }: Part,
    { header, columns }: { readonly header: PackedHeader; readonly columns: PackedColumns },
  ): boolean {
    const { i32 } = this.#rings.arena;
    const { rows } = this.#rings;
    const to = buffer;
    const isWide = rows.isWide(block);
    let areNarrow = true;
    let row = rows.at(block, from);
    let id = rows.idAt(block, from);
    for (let i = 0; i < end - from; i++, row += ROW_WORDS, id += ID_WORDS) {
      to.i32[columns.times + i] = i32[row + TIME] as number;
      to.i32[columns.lows + i] = i32[id + LOW] as number;
      to.i32[columns.highs + i] = i32[id + HIGH] as number;
      if (!isWide) {
        to.i32[columns.amounts + i] = i32[row + AMOUNT] as number;
        continue;
      }
      const amount = rows.amountOf(block, from + i);
      const attributes = rows.attributesOf(block, from + i);
      if (header.isWide) {
        to.f64[columns.wideAmounts + i] = amount;
        to.u8[columns.attributes + i] = attributes;
      } else if (isNarrow(amount)) to.i32[columns.amounts + i] = (amount << ATTRIBUTE_BITS) | attributes;
      else areNarrow = false;
    }
    return areNarrow;
  }

  #writeDirectory({ segments: at }: PackedColumns, segments: Segments | undefined): void {
    const { i32 } = buffer;
    segments?.list.forEach(({ id, rows }, i) => {
      i32[at + 2 * i] = id;
      i32[at + 2 * i + 1] = rows;
    });
  }

  #writeLabels({ labels, from, end, parked }: PartLabels, columns: PackedColumns, firstSeq: number): void {
    const { i32, f64, u8 } = buffer;
    for (let i = 0; i < end - from; i++) {
      const label = labels.at(from + i);
      f64[columns.labelledAt + i] = label.labelledAtMs;
      i32[columns.labelRows + i] = label.seq - firstSeq;
      u8[columns.labelCodes + i] = label.code;
    }
    parked.forEach((label, i) => {
      f64[columns.parkedTimes + 2 * i] = label.occurredAtMs;
      f64[columns.parkedTimes + 2 * i + 1] = label.labelledAtMs;
      i32[columns.parkedIds + 2 * i] = label.lo;
      i32[columns.parkedIds + 2 * i + 1] = label.hi;
      u8[columns.parkedCodes + i] = label.code;
    });
  }
}
