/** One partition of one topic. */
export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

/** Value of one header: bytes, text, or null. */
export type HeaderValue = Buffer | string | null;
/** A header may repeat; an array then holds its values, in order. */
export type RecordHeaders = Readonly<Record<string, HeaderValue | readonly HeaderValue[] | undefined>>;

/** Name, value, name, value …: the form that is cheapest to create on a hot path. */
export type FlatHeaders = readonly HeaderValue[];

/** A record as stored in the log: neither decoded nor validated. */
export interface RawRecord {
  readonly offset: number;
  readonly key: Buffer | null;
  /** Null is a tombstone. */
  readonly value: Buffer | null;
  readonly headers: RecordHeaders;
  /** A header's last value as text, where that is cheaper than parsing all headers. */
  headerText?(name: string): string | undefined;
  /** Append time by the broker's clock, ms since the epoch. Never event time. */
  readonly appendedAtMs: number;
  /**
   * Set on a placeholder for records that cannot be decoded: the reason. Its value is the stored bytes, to be
   * dead-lettered.
   */
  readonly unreadableBecause?: Error;
}

/** A record to be written; the caller chooses the partition. */
export interface OutgoingRecord extends TopicPartition {
  readonly key: Buffer | string | null;
  readonly value: Buffer | string | null;
  readonly headers: RecordHeaders | FlatHeaders;
}

/**
 * The records of one fetch for one partition, in offset order. Never empty. Offsets may have gaps (compaction, control
 * records).
 */
export interface RawBatch extends TopicPartition {
  readonly records: readonly RawRecord[];
  /** The requested offset; less than or equal to the first record's offset. */
  readonly fetchOffset: number;
  /** Offset after the batch, which may skip gaps after the last record. */
  readonly nextOffset: number;
  /** End of the log at the time of the fetch; `highWatermark - nextOffset` records wait after this batch. */
  readonly highWatermark: number;
  /** The incarnation of the topic that it was read from; see `BusAdmin.incarnation`. */
  readonly incarnation?: string | undefined;
}

/** Key of maps by partition, and text form in `source-partition` headers: `topic:partition`. */
export function partitionName({ topic, partition }: TopicPartition): string {
  return `${topic}:${partition}`;
}

/**
 * `topic:partition`, or `topic@incarnation:partition` if the incarnation is known: identifies a partition of one
 * incarnation of its topic.
 */
export function sourceName({ topic, partition }: TopicPartition, incarnation: string | undefined): string {
  return incarnation === undefined ? `${topic}:${partition}` : `${topic}@${incarnation}:${partition}`;
}

/** The `topic:partition` of a source name. */
export function withoutIncarnation(source: string): string {
  const at = source.lastIndexOf('@');
  return at < 0 ? source : source.slice(0, at) + source.slice(source.lastIndexOf(':'));
}

/** The last value of a header as text, or undefined if it is absent or null. */
export function headerText(record: Pick<RawRecord, 'headers' | 'headerText'>, name: string): string | undefined {
  if (record.headerText) return record.headerText(name);
  const found = record.headers[name];
  const value = Array.isArray(found)
    ? (found[found.length - 1] as HeaderValue | undefined)
    : (found as HeaderValue | undefined);
  if (value === undefined || value === null) return undefined;
  return typeof value === 'string' ? value : value.toString('utf8');
}

/** Headers as a flat array; repeated headers occur several times. */
export function flatHeaders(headers: RecordHeaders | FlatHeaders): FlatHeaders {
  if (isFlat(headers)) return headers;
  const flat: HeaderValue[] = [];
  for (const name in headers) {
    const value = headers[name];
    if (value === undefined) continue;
    if (Array.isArray(value)) for (const item of value as readonly HeaderValue[]) flat.push(name, item);
    else flat.push(name, value as HeaderValue);
  }
  return flat;
}

function isFlat(headers: RecordHeaders | FlatHeaders): headers is FlatHeaders {
  return Array.isArray(headers);
}

/** Approximate bytes of a record on the wire, for limits: payload, headers and 40 bytes of framing. */
export function recordBytes({ key, value, headers }: Pick<OutgoingRecord, 'key' | 'value' | 'headers'>): number {
  let bytes = 40 + lengthOf(key) + lengthOf(value);
  const flat = flatHeaders(headers);
  for (let i = 0; i < flat.length; i++) bytes += 2 + lengthOf(flat[i] as HeaderValue);
  return bytes;
}

/**
 * Shorter text counts one byte per character: the error is small, and an exact count is a native call for every header.
 */
const COUNTED_CHARACTERS = 64;

function lengthOf(value: HeaderValue): number {
  if (value === null) return 0;
  return typeof value === 'string' && value.length > COUNTED_CHARACTERS ? Buffer.byteLength(value) : value.length;
}
