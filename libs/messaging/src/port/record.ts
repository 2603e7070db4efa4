/** One partition of one topic. */
export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

export type HeaderValue = Buffer | string | null;
/** A header may repeat; its values then lie in an array, in order. */
export type RecordHeaders = Readonly<Record<string, HeaderValue | readonly HeaderValue[] | undefined>>;

/** Name, value, name, value …: what costs least to make on a hot path. */
export type FlatHeaders = readonly HeaderValue[];

/** A record as it lies in the log: nothing decoded, nothing trusted. */
export interface RawRecord {
  readonly offset: number;
  readonly key: Buffer | null;
  /** Null is a tombstone. */
  readonly value: Buffer | null;
  readonly headers: RecordHeaders;
  /** A header's newest value as text, where that is cheaper than reading them all. */
  headerText?(name: string): string | undefined;
  /** Append time by the broker's clock, ms since the epoch. Never event time. */
  readonly appendedAtMs: number;
  /** Set on a stand-in for records that cannot be decoded: why. Its value is what lies in the log, to be set aside. */
  readonly unreadableBecause?: Error;
}

/** A record on its way out; the partition is decided by the caller. */
export interface OutgoingRecord extends TopicPartition {
  readonly key: Buffer | string | null;
  readonly value: Buffer | string | null;
  readonly headers: RecordHeaders | FlatHeaders;
}

/** What one fetch brought for one partition, in offset order. Never empty. Offsets may have holes (compaction, control records). */
export interface RawBatch extends TopicPartition {
  readonly records: readonly RawRecord[];
  /** The position that was asked for; less than or equal to the first record's offset. */
  readonly fetchOffset: number;
  /** Position after the batch, which may lie past holes behind the last record. */
  readonly nextOffset: number;
  /** End of the log when fetched; `highWatermark - nextOffset` records wait behind this batch. */
  readonly highWatermark: number;
  /** Which incarnation of the topic it is from: another text once the topic is deleted and created again. See `BusAdmin.incarnation`. */
  readonly incarnation?: string | undefined;
}

/** Key of maps by partition, and the text form in `source-partition` headers: `topic:partition`. */
export function partitionName({ topic, partition }: TopicPartition): string {
  return `${topic}:${partition}`;
}

/** `topic:partition`, or `topic@incarnation:partition` where the incarnation is known: names a partition over the lives of its topic. */
export function sourceName({ topic, partition }: TopicPartition, incarnation: string | undefined): string {
  return incarnation === undefined ? `${topic}:${partition}` : `${topic}@${incarnation}:${partition}`;
}

/** The `topic:partition` in a source's name. */
export function withoutIncarnation(source: string): string {
  const at = source.lastIndexOf('@');
  return at < 0 ? source : source.slice(0, at) + source.slice(source.lastIndexOf(':'));
}

/** The newest value of a header as text, or undefined if it is absent or null. */
export function headerText(record: Pick<RawRecord, 'headers' | 'headerText'>, name: string): string | undefined {
  if (record.headerText) return record.headerText(name);
  const found = record.headers[name];
  const value = Array.isArray(found)
    ? (found[found.length - 1] as HeaderValue | undefined)
    : (found as HeaderValue | undefined);
  if (value === undefined || value === null) return undefined;
  return typeof value === 'string' ? value : value.toString('utf8');
}

/** Headers one by one; repeated ones are spelled out. */
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

/** Bytes a record takes on the wire, close enough for bounds: payload, headers and 40 bytes of framing. */
export function recordBytes({ key, value, headers }: Pick<OutgoingRecord, 'key' | 'value' | 'headers'>): number {
  let bytes = 40 + lengthOf(key) + lengthOf(value);
  const flat = flatHeaders(headers);
  for (let i = 0; i < flat.length; i++) bytes += 2 + lengthOf(flat[i] as HeaderValue);
  return bytes;
}

/** Shorter text counts a byte a character: its error is small, and counting its bytes is a call into native code for every header. */
const COUNTED_CHARACTERS = 64;

function lengthOf(value: HeaderValue): number {
  if (value === null) return 0;
  return typeof value === 'string' && value.length > COUNTED_CHARACTERS ? Buffer.byteLength(value) : value.length;
}
