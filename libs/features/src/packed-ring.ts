import { crc32 } from 'node:zlib';
import { AppError } from '@fraudflow/core';
import { STATE_VERSION } from './state-layout.js';
import type { PackedRoom } from './packed-room.js';
import type { Segment } from './segments.js';
import { segmentKey, type StateEntity } from './state-keys.js';

/*
 * Layout, little-endian, all columns one after the other:
 *   kind u8, version u8, isWide u8, 0 u8; rows u32; newest f64; labels, parked, segments, expired, nextSegmentId, 0: u32 each;
 *   8-byte columns: labelledAt (labels), occurredAt and labelledAt (parked), amount (rows, if wide);
 *   4-byte columns: segment id and rows (segments), time (rows), id low, id high, amount × 256 + attributes (if not wide), label's
 *   row, parked id low and high;
 *   1-byte columns: attributes (rows, if wide), label codes, parked codes, padding to 4; CRC-32 of all before it.
 * That is nearly the form in memory: packing and unpacking copy columns.
 */
const HEADER_BYTES = 40;
const CRC_BYTES = 4;
const SEGMENTS_WORD = 6;

const KIND: Readonly<Record<StateEntity, number>> = { customer: 0xc1, terminal: 0xd1 };
const SEGMENT_KIND: Readonly<Record<StateEntity, number>> = { customer: 0xc5, terminal: 0xd5 };

/** Sizes of the columns of a packed ring or segment, and what is said once. */
export interface PackedHeader {
  readonly rows: number;
  /** Some amount is not narrow: amounts and attributes have columns of their own. */
  readonly isWide: boolean;
  readonly newest: number;
  readonly labels: number;
  readonly parked: number;
  readonly segments: number;
  /** Oldest stored rows that the ring has let go of; they go when their segment does. */
  readonly expired: number;
  readonly nextSegmentId: number;
}

/** Where columns begin, in elements of their width from the first byte. */
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

/** Bytes that are being packed, or were copied in to be unpacked: aligned, so that columns can be read as they are. */
export class PackedBuffer {
  u8 = new Uint8Array(65_536);
  i32 = new Int32Array(this.u8.buffer);
  f64 = new Float64Array(this.u8.buffer);

  /** Begins a ring or segment; its columns are then to be filled. */
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

  /** Ends it: a copy of the bytes. */
  finish({ parkedCodes, byteLength }: PackedColumns, parked: number, room: PackedRoom): Uint8Array {
    for (let at = parkedCodes + parked; at < byteLength - CRC_BYTES; at++) this.u8[at] = 0;
    const body = this.u8.subarray(0, byteLength - CRC_BYTES);
    return room.place(body, crc32(body));
  }

  /** Copies bytes in and checks them. @throws AppError failed_precondition `STATE_CORRUPT`, `STATE_LAYOUT_OTHER` */
  open(entity: StateEntity, part: PackedPart, bytes: Uint8Array): PackedHeader {
    const { length } = bytes;
    if (length < HEADER_BYTES + CRC_BYTES || length % 4 !== 0)
      throw corruptState(entity, `${length} bytes are no state`);
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

/** What is thrown for a state that another version of the program has written. */
function otherLayout(entity: StateEntity, version: number): AppError {
  return new AppError(
    'failed_precondition',
    `${entity} state has layout version ${version}, this program reads ${STATE_VERSION}: a feature store of this version rebuilds it from the log`,
    { code: 'STATE_LAYOUT_OTHER' },
  );
}

/** What is thrown for bytes that are no state of ours. */
export function corruptState(entity: StateEntity, why: string): AppError {
  return new AppError('failed_precondition', `${entity} state is corrupt: ${why}`, { code: 'STATE_CORRUPT' });
}

/**
 * Keys of the values that an entity consists of besides its head, oldest first. Most have none, which one word tells.
 * @throws AppError failed_precondition `STATE_CORRUPT`
 */
export function segmentKeys(entity: StateEntity, id: string, head: Uint8Array): readonly string[] {
  const at = 4 * SEGMENTS_WORD;
  const word = (head[at] ?? 0) | (head[at + 1] ?? 0) | (head[at + 2] ?? 0) | (head[at + 3] ?? 0);
  if (head.length > HEADER_BYTES && word === 0) return [];
  return directoryOf(opened, opened.open(entity, 'ring', head)).map((segment) => segmentKey(id, segment.id));
}

/**
 * Time of the newest event that an entity's head tells of, or of the newest transaction a label waits for; −Infinity if there is none.
 * @throws AppError failed_precondition `STATE_CORRUPT`
 */
export function lastEventAtMs(entity: StateEntity, head: Uint8Array): number {
  const header = opened.open(entity, 'ring', head);
  const { parkedTimes } = columnsOf(header);
  let lastMs = header.rows > 0 ? header.newest : -Infinity;
  for (let i = 0; i < header.parked; i++) lastMs = Math.max(lastMs, opened.f64[parkedTimes + 2 * i] as number);
  return lastMs;
}

/** The segments named by a head that is open in a buffer. */
export function directoryOf(buffer: PackedBuffer, header: PackedHeader): readonly Segment[] {
  const { segments: at } = columnsOf(header);
  const word = (index: number): number => (buffer.i32[at + index] as number) >>> 0;
  return Array.from({ length: header.segments }, (_, i) => ({ id: word(2 * i), rows: word(2 * i + 1) }));
}

const opened = new PackedBuffer();
