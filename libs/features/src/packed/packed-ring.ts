import { crc32 } from 'node:zlib';
import { AppError } from '@fraudflow/core';
import type { PackedSlab } from '@fraudflow/runtime-tuning';
import { STATE_VERSION } from './state-layout.js';
import type { Segment } from './segments.js';
import { segmentKey, type StateEntity } from './state-keys.js';

/*
 * Layout, little-endian, columns in this order: kind u8, version u8, isWide u8, 0 u8; rows u32; newest f64; labels,
 * parked, segments, expired, nextSegmentId, 0: u32 each; 8-byte columns: labelledAt (labels), occurredAt and labelledAt
 * (parked), amount (rows, if wide); 4-byte columns: segment id and rows (segments), time (rows), id low, id high,
 * amount × 256 + attributes (if not wide), label's row, parked id low and high; 1-byte columns: attributes (rows, if
 * wide), label codes, parked codes, padding to 4; CRC-32 of everything before it. This is close to the form in memory,
 * so packing and unpacking copy columns.
 */
const HEADER_BYTES = 40;
const CRC_BYTES = 4;
const SEGMENTS_WORD = 6;

const KIND: Readonly<Record<StateEntity, number>> = { customer: 0xc1, terminal: 0xd1 };
const SEGMENT_KIND: Readonly<Record<StateEntity, number>> = { customer: 0xc5, terminal: 0xd5 };

/** Sizes of the columns of a packed ring or segment, and its scalar fields. */
export interface PackedHeader {
  readonly rows: number;
  /** Some amount is not narrow: amounts and attributes have separate columns. */
  readonly isWide: boolean;
  readonly newest: number;
  readonly labels: number;
  readonly parked: number;
  readonly segments: number;
  /** Number of oldest stored rows that are evicted already; they are removed with their segment. */
  readonly expired: number;
  readonly nextSegmentId: number;
}

/** Begin of each column, in elements of its width from the first byte. */
export interface PackedColumns {
  readonly labelledAt: number;
  readonly parkedTimes: number;
  readonly wideAmounts: number;
  readonly segments: number;
  readonly times: number;
  readonly lows: number;
  readonly highs: number;
  readonly amounts: number;
  readonly labelRows: number;
  readonly parkedIds: number;
  readonly attributes: number;
  readonly labelCodes: number;
  readonly parkedCodes: number;
  readonly byteLength: number;
}

export function columnsOf(header: PackedHeader): PackedColumns {
  const { rows, isWide, labels, parked, segments } = header;
  const labelledAt = HEADER_BYTES / 8;
  const parkedTimes = labelledAt + labels;
  const wideAmounts = parkedTimes + 2 * parked;
  const segmentsAt = 2 * (wideAmounts + (isWide ? rows : 0));
  const times = segmentsAt + 2 * segments;
  const lows = times + rows;
  const highs = lows + rows;
  const amounts = highs + rows;
  const labelRows = amounts + (isWide ? 0 : rows);
  const parkedIds = labelRows + labels;
  const attributes = 4 * (parkedIds + 2 * parked);
  const labelCodes = attributes + (isWide ? rows : 0);
  const parkedCodes = labelCodes + labels;
  const byteLength = 4 * Math.ceil((parkedCodes + parked) / 4) + CRC_BYTES;
  return {
    labelledAt,
    parkedTimes,
    wideAmounts,
    segments: segmentsAt,
    times,
    lows,
    highs,
    amounts,
    labelRows,
    parkedIds,
    attributes,
    labelCodes,
    parkedCodes,
    byteLength,
  };
}

export type PackedPart = 'ring' | 'segment';

/** Aligned buffer for packing, or for bytes to unpack, so that columns can be read in place. */
export class PackedBuffer {
  u8 = new Uint8Array(65_536);
  i32 = new Int32Array(this.u8.buffer);
  f64 = new Float64Array(this.u8.buffer);

  /** Begins a ring or segment. The caller then fills its columns. */
  begin(entity: StateEntity, part: PackedPart, header: PackedHeader): PackedColumns {
    const columns = columnsOf(header);
    this.#reserve(columns.byteLength);
    this.u8[0] = (part === 'ring' ? KIND : SEGMENT_KIND)[entity];
    this.u8[1] = STATE_VERSION;
    this.u8[2] = header.isWide ? 1 : 0;
    this.u8[3] = 0;
    this.i32[1] = header.rows;
    this.f64[1] = header.newest;
    this.i32[4] = header.labels;
    this.i32[5] = header.parked;
    this.i32[6] = header.segments;
    this.i32[7] = header.expired;
    this.i32[8] = header.nextSegmentId;
    this.i32[9] = 0;
    return columns;
  }

  /** Finishes it. @returns a copy of the bytes */
  finish({ parkedCodes, byteLength }: PackedColumns, parked: number, slab: PackedSlab): Uint8Array {
    for (let at = parkedCodes + parked; at < byteLength - CRC_BYTES; at++) this.u8[at] = 0;
    const body = this.u8.subarray(0, byteLength - CRC_BYTES);
    return slab.place(body, crc32(body));
  }

  /**
   * Copies bytes into the buffer and checks them. @throws AppError failed_precondition `STATE_CORRUPT`,
   * `STATE_LAYOUT_OTHER`
   */
  open(entity: StateEntity, part: PackedPart, bytes: Uint8Array): PackedHeader {
    const { length } = bytes;
    if (length < HEADER_BYTES + CRC_BYTES || length % 4 !== 0)
      throw corruptState(entity, `${length} bytes are not a state`);
    this.#reserve(length);
    this.u8.set(bytes);
    if (crc32(this.u8.subarray(0, length - CRC_BYTES)) !== (this.i32[length / 4 - 1] as number) >>> 0)
      throw corruptState(entity, 'checksum does not match');
    const kind = (part === 'ring' ? KIND : SEGMENT_KIND)[entity];
    if (this.u8[0] !== kind) throw corruptState(entity, `kind byte is ${this.u8[0]}`);
    if (this.u8[1] !== STATE_VERSION) throw otherLayout(entity, this.u8[1] as number);
    const header = this.#header();
    if (columnsOf(header).byteLength !== length) throw corruptState(entity, 'columns do not fill the bytes');
    return header;
  }

  #header(): PackedHeader {
    const word = (at: number): number => (this.i32[at] as number) >>> 0;
    return {
      rows: word(1),
      isWide: this.u8[2] === 1,
      newest: this.f64[1] as number,
      labels: word(4),
      parked: word(5),
      segments: word(6),
      expired: word(7),
      nextSegmentId: word(8),
    };
  }

  #reserve(bytes: number): void {
    if (bytes <= this.u8.length) return;
    this.u8 = new Uint8Array(8 * Math.ceil(Math.max(bytes, 2 * this.u8.length) / 8));
    this.i32 = new Int32Array(this.u8.buffer);
    this.f64 = new Float64Array(this.u8.buffer);
  }
}

/** Error for a state that another version of the program has written. */
function otherLayout(entity: StateEntity, version: number): AppError {
  return new AppError(
    'failed_precondition',
    `${entity} state has layout version ${version}, this program reads ${STATE_VERSION}: a feature store of this version rebuilds it from the log`,
    { code: 'STATE_LAYOUT_OTHER' },
  );
}

/** Error for bytes that are not a valid state. */
export function corruptState(entity: StateEntity, why: string): AppError {
  return new AppError('failed_precondition', `${entity} state is corrupt: ${why}`, { code: 'STATE_CORRUPT' });
}

/**
 * Keys of an entity's segments, oldest first. Most entities have none, which is visible in one word of the head.
 * @param entity the stage that wrote the head
 * @param id of the entity, part of each key
 * @param head the value stored under the entity's own key
 * @returns ids for `entityStateKey`, empty for an entity without segments
 * @throws AppError failed_precondition `STATE_CORRUPT`
 */
export function segmentKeys(entity: StateEntity, id: string, head: Uint8Array): readonly string[] {
  const at = 4 * SEGMENTS_WORD;
  const word = (head[at] ?? 0) | (head[at + 1] ?? 0) | (head[at + 2] ?? 0) | (head[at + 3] ?? 0);
  if (head.length > HEADER_BYTES && word === 0) return [];
  return directoryOf(opened, opened.open(entity, 'ring', head)).map((segment) => segmentKey(id, segment.id));
}

/**
 * Time of the newest event in an entity's head, or of the newest transaction with a pending label.
 * @param entity the stage that wrote the head
 * @param head the value stored under the entity's own key
 * @returns ms since the epoch, −Infinity if there is none
 * @throws AppError failed_precondition `STATE_CORRUPT`
 */
export function lastEventAtMs(entity: StateEntity, head: Uint8Array): number {
  const header = opened.open(entity, 'ring', head);
  const { parkedTimes } = columnsOf(header);
  let lastMs = header.rows > 0 ? header.newest : -Infinity;
  for (let i = 0; i < header.parked; i++) lastMs = Math.max(lastMs, opened.f64[parkedTimes + 2 * i] as number);
  return lastMs;
}

/** The segments listed in the head that is open in a buffer. */
export function directoryOf(buffer: PackedBuffer, header: PackedHeader): readonly Segment[] {
  const { segments: at } = columnsOf(header);
  const word = (index: number): number => (buffer.i32[at + index] as number) >>> 0;
  return Array.from({ length: header.segments }, (_, i) => ({ id: word(2 * i), rows: word(2 * i + 1) }));
}

const opened = new PackedBuffer();
