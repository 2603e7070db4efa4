import { LABEL_CODES } from '../plan/label-code.js';
import { columnsOf, corruptState, directoryOf, PackedBuffer, type PackedHeader } from './packed-ring.js';
import {
  AMOUNT,
  ATTRIBUTE_BITS,
  END,
  FIRST,
  HIGH,
  ID_WORDS,
  LOW,
  NEWEST_AT,
  ROW_WORDS,
  TIME,
} from '../ring/ring-layout.js';
import type { Rings } from '../ring/rings.js';
import type { Segment } from './segments.js';
import type { StateEntity } from './state-keys.js';
import type { TerminalLabels } from '../labels/terminal-labels.js';

/** A ring's head and the segments of a large ring, in the order of the head's list. */
export interface PackedRing {
  readonly head: Uint8Array;
  readonly segments: readonly Uint8Array[];
}

/** A ring filled from bytes. */
export interface UnpackedRing {
  readonly entity: number;
  readonly segments: readonly Segment[];
  readonly nextSegmentId: number;
}

/** Shared scratch buffer; contents are copied out immediately. */
const buffer = new PackedBuffer();

/** Fills rings of one kind from bytes. */
export class RingUnpacker {
  readonly #rings: Rings;
  readonly #entity: StateEntity;

  constructor(rings: Rings, entity: StateEntity) {
    this.#rings = rings;
    this.#entity = entity;
  }

  /**
   * Opens a ring and fills it from bytes. The caller then rebuilds its windows.
   * @param labels also filled
   * @throws AppError failed_precondition `STATE_CORRUPT`; then no ring is open
   */
  unpack({ head, segments: parts }: PackedRing, labels: TerminalLabels | undefined): UnpackedRing {
    const header = buffer.open(this.#entity, 'ring', head);
    const segments = header.segments === 0 ? NO_SEGMENTS : directoryOf(buffer, header);
    const closed = segments.reduce((sum, { rows }) => sum + rows, 0);
    if (parts.length !== segments.length) throw this.#corrupt(`${parts.length} of ${segments.length} segments`);
    if (header.expired > closed) throw this.#corrupt(`${header.expired} rows expired of ${closed}`);
    // A ring with segments is opened as wide, because the segments are read one by one afterwards.
    const entity = this.#rings.open(closed + header.rows, closed > 0 || header.isWide);
    try {
      this.#fill(entity, { header, closed, labels });
      let slot = 0;
      segments.forEach(({ rows }, i) => {
        const part = buffer.open(this.#entity, 'segment', parts[i] as Uint8Array);
        if (part.rows !== rows) throw this.#corrupt(`a segment has ${part.rows} rows, not ${rows}`);
        this.#readPart(this.#rings.blockOf(entity), part, { slot, labels });
        slot += rows;
      });
    } catch (thrown) {
      this.#rings.close(entity);
      throw thrown;
    }
    return { entity, segments, nextSegmentId: header.nextSegmentId };
  }

  #fill(entity: number, { header, closed, labels }: Filling): void {
    const block = this.#rings.blockOf(entity);
    const { i32, f64 } = this.#rings.arena;
    f64[(block >> 1) + NEWEST_AT] = header.newest;
    i32[block + FIRST] = header.expired;
    this.#rings.setSegments(block, header.segments, 0);
    i32[block + END] = closed + header.rows;
    this.#readPart(block, header, { slot: closed, labels });
  }

  /** Copies the buffer's contents to the rows from `slot` on. */
  #readPart(block: number, header: PackedHeader, { slot, labels }: Place): void {
    const { arena, rows } = this.#rings;
    const { i32 } = arena;
    const from = buffer;
    const isWide = rows.isWide(block);
    const columns = columnsOf(header);
    let row = rows.at(block, slot);
    let id = rows.idAt(block, slot);
    for (let i = 0; i < header.rows; i++, row += ROW_WORDS, id += ID_WORDS) {
      i32[row + TIME] = from.i32[columns.times + i] as number;
      i32[id + LOW] = from.i32[columns.lows + i] as number;
      i32[id + HIGH] = from.i32[columns.highs + i] as number;
      const word = header.isWide ? 0 : (from.i32[columns.amounts + i] as number);
      if (header.isWide) {
        rows.writeAmount(
          block,
          slot + i,
          from.f64[columns.wideAmounts + i] as number,
          from.u8[columns.attributes + i] as number,
        );
      } else if (isWide) rows.writeAmount(block, slot + i, word >>> ATTRIBUTE_BITS, word & BYTE);
      else i32[row + AMOUNT] = word;
    }
    if (labels !== undefined) this.#readLabels(header, slot, labels);
    else if (header.labels > 0 || header.parked > 0) throw this.#corrupt('it has labels');
  }

  #readLabels(header: PackedHeader, slot: number, labels: TerminalLabels): void {
    const { i32, f64, u8 } = buffer;
    const columns = columnsOf(header);
    for (let i = 0; i < header.labels; i++) {
      const row = (i32[columns.labelRows + i] as number) >>> 0;
      const code = u8[columns.labelCodes + i] as number;
      if (row >= header.rows || !isLabel(code)) throw this.#corrupt(`label ${code} of row ${row} of ${header.rows}`);
      labels.restore(slot + row, f64[columns.labelledAt + i] as number, code);
    }
    for (let i = 0; i < header.parked; i++) {
      const code = u8[columns.parkedCodes + i] as number;
      if (!isLabel(code)) throw this.#corrupt(`label ${code}`);
      labels.addParked({
        occurredAtMs: f64[columns.parkedTimes + 2 * i] as number,
        labelledAtMs: f64[columns.parkedTimes + 2 * i + 1] as number,
        lo: i32[columns.parkedIds + 2 * i] as number,
        hi: i32[columns.parkedIds + 2 * i + 1] as number,
        code,
      });
    }
  }

  #corrupt(why: string): Error {
    return corruptState(this.#entity, why);
  }
}

interface Filling {
  readonly header: PackedHeader;
  /** Rows in closed segments. */
  readonly closed: number;
  readonly labels: TerminalLabels | undefined;
}

interface Place {
  readonly slot: number;
  readonly labels: TerminalLabels | undefined;
}

const BYTE = 0xff;
const NO_SEGMENTS: readonly Segment[] = [];

function isLabel(code: number): boolean {
  return code >= 1 && code <= LABEL_CODES;
}
