import { HEADERS } from '@fraudflow/contracts';
import { headerText, type RawRecord } from '../../port/record.js';

/** Header that distinguishes several outputs of one input record; absent on the first. */
export const SOURCE_INDEX_HEADER = 'source-index';

/** Maximum number of outputs per topic that one input record may have. */
export const MAX_OUTPUTS_PER_RECORD = 4_096;

/**
 * Version 00 of W3C trace context; ids of zeros only are invalid.
 * Source: https://www.w3.org/TR/trace-context/#traceparent-header.
 */
const TRACEPARENT = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

/** True if the text is a valid W3C trace context header of version 00. */
export function isTraceparent(text: string): boolean {
  return TRACEPARENT.test(text);
}

/** The input record that a record was computed from, by its headers. */
export interface RecordSource {
  /** `topic:partition` or `topic@incarnation:partition`; see `sourceName`. */
  readonly partition: string;
  readonly offset: number;
  /** Position among the outputs of one input record, from 0. */
  readonly index: number;
}

/** A record with its value decoded and validated. Headers are parsed on demand, because most readers need few. */
export class DecodedRecord<Value = unknown> {
  /** The incarnation of the topic it was read from; see `BusAdmin.incarnation`. */
  incarnation: string | undefined = undefined;
  private knownSource: RecordSource | undefined | null = null;

  constructor(
    readonly topic: string,
    readonly partition: number,
    readonly raw: RawRecord,
    readonly value: Value,
  ) {}

  get offset(): number {
    return this.raw.offset;
  }

  get key(): string | null {
    return this.raw.key === null ? null : this.raw.key.toString('utf8');
  }

  header(name: string): string | undefined {
    return headerText(this.raw, name);
  }

  /** Event time as sent, ISO 8601. */
  get occurredAt(): string | undefined {
    return this.header(HEADERS.occurredAt);
  }

  get eventId(): string | undefined {
    return this.header(HEADERS.eventId);
  }

  /**
   * Undefined also if the header is not a valid W3C trace context: producers may write any text there, which must not
   * be forwarded.
   */
  get traceparent(): string | undefined {
    const given = this.header(HEADERS.traceparent);
    return given !== undefined && isTraceparent(given) ? given : undefined;
  }

  /** Parsed once: the stage reads it for each record, and so may its processor. */
  get source(): RecordSource | undefined {
    if (this.knownSource === null) this.knownSource = sourceOf(this.raw);
    return this.knownSource;
  }
}

/** The source headers of a record, or undefined if they are missing or invalid. */
export function sourceOf(raw: Pick<RawRecord, 'headers' | 'headerText'>): RecordSource | undefined {
  const partition = headerText(raw, HEADERS.sourcePartition);
  const offset = Number(headerText(raw, HEADERS.sourceOffset) ?? Number.NaN);
  const index = Number(headerText(raw, SOURCE_INDEX_HEADER) ?? 0);
  if (partition === undefined || !Number.isSafeInteger(offset) || offset < 0 || !Number.isSafeInteger(index))
    return undefined;
  return { partition, offset, index };
}
