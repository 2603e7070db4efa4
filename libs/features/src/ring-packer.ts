import { PackedBuffer, type PackedColumns, type PackedHeader, type PackedPart } from './packed-ring.js';
import type { PackedRoom } from './packed-room.js';
import { AMOUNT, ATTRIBUTE_BITS, END, FIRST, HIGH, ID_WORDS, LOW, ROW_WORDS, TIME } from './ring-layout.js';
import { isNarrow } from './ring-rows.js';
import type { Rings } from './rings.js';
import type { Segments } from './segments.js';
import type { StateEntity } from './state-keys.js';
import type { ParkedLabel, TerminalLabels } from './terminal-labels.js';

/** What belongs to a ring besides its block. */
export interface RingExtras {
  readonly labels: TerminalLabels | undefined;
  readonly segments: Segments | undefined;
}

interface Packing {
  readonly extras: RingExtras;
  readonly room: PackedRoom;
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

/** One for all: what is packed leaves it at once. */
const buffer = new PackedBuffer();

/** Packs rings of one kind into bytes. */
export class RingPacker {
  readonly #rings: Rings;
  readonly #entity: StateEntity;

  constructor(rings: Rings, entity: StateEntity) {
    this.#rings = rings;
    this.#entity = entity;
  }

  /** The ring's head: all of a short ring; of a long one the open rows and which segments there are. */
  packHead(p: number, extras: RingExtras, room: PackedRoom): Uint8Array {
    const { i32 } = this.#rings.arena;
    const from = this.#rings.physicalOf(p) + (extras.segments?.rows ?? 0);
    return this.#pack(p, { part: 'ring', from, end: i32[p + END] as number }, { extras, room });
  }

  /** One closed segment: `rows` rows from the stored row `from` on. */
  packSegment(
    p: number,
    { from, rows }: { readonly from: number; readonly rows: number },
    extras: RingExtras,
    room: PackedRoom,
  ): Uint8Array {
    const start = this.#rings.physicalOf(p) + from;
    return this.#pack(p, { part: 'segment', from: start, end: start + rows }, { extras, room });
  }

  #pack(p: number, part: Part, { extras, room }: Packing): Uint8Array {
    const labels = this.#labelsOf(p, part, extras);
    let header = this.#headerOf(p, part, { labels, segments: extras.segments });
    let columns = buffer.begin(this.#entity, part.part, header);
    if (!this.#writeRows(p, part, { header, columns })) {
      header = { ...header, isWide: true };
      columns = buffer.begin(this.#entity, part.part, header);
      this.#writeRows(p, part, { header, columns });
    }
    if (header.segments > 0) this.#writeDirectory(columns, extras.segments);
    if (labels !== undefined) this.#writeLabels(labels, columns, this.#rings.baseOf(p) + part.from);
    return buffer.finish(columns, header.parked, room);
  }

  #labelsOf(p: number, { part, from, end }: Part, { labels }: RingExtras): PartLabels | undefined {
    if (labels === undefined) return undefined;
    const base = this.#rings.baseOf(p);
    const [first, last] = labels.range(base + from, base + end);
    const parked = part === 'ring' ? labels.parked(this.#rings.rows.newestOf(p)) : [];
    return { labels, from: first, end: last, parked };
  }

  #headerOf(
    p: number,
    { part, from, end }: Part,
    { labels, segments }: { readonly labels: PartLabels | undefined; readonly segments: Segments | undefined },
  ): PackedHeader {
    const { i32 } = this.#rings.arena;
    const { rows } = this.#rings;
    const isHead = part === 'ring';
    return {
      rows: end - from,
      isWide: false,
      newest: end === from ? 0 : rows.timeOf(p, end - 1),
      labels: labels === undefined ? 0 : labels.end - labels.from,
      parked: labels?.parked.length ?? 0,
      segments: isHead ? (segments?.list.length ?? 0) : 0,
      expired: isHead && segments !== undefined ? (i32[p + FIRST] as number) - this.#rings.physicalOf(p) : 0,
      nextSegmentId: isHead ? (segments?.nextId ?? 0) : 0,
    };
  }

  /** @returns false if amounts were found that need a wide column, and the header says there are none */
  #writeRows(
    p: number,
    { from, end }: Part,
    { header, columns }: { readonly header: PackedHeader; readonly columns: PackedColumns },
  ): boolean {
    const { i32 } = this.#rings.arena;
    const { rows } = this.#rings;
    const to = buffer;
    const isWide = rows.isWide(p);
    let areNarrow = true;
    let row = rows.at(p, from);
    let id = rows.idAt(p, from);
    for (let i = 0; i < end - from; i++, row += ROW_WORDS, id += ID_WORDS) {
      to.i32[columns.times + i] = i32[row + TIME] as number;
      to.i32[columns.lows + i] = i32[id + LOW] as number;
      to.i32[columns.highs + i] = i32[id + HIGH] as number;
      if (!isWide) {
        to.i32[columns.amounts + i] = i32[row + AMOUNT] as number;
        continue;
      }
      const amount = rows.amountOf(p, from + i);
      const attributes = rows.attributesOf(p, from + i);
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
