import { withoutIncarnation } from '../port/record.js';
import { MAX_OUTPUTS_PER_RECORD, type DecodedRecord, type RecordSource } from '../consumer/handling/decoded-record.js';

/**
 * Prefix of the mark for the input's incarnation. Source marks begin with a topic name, which cannot contain this
 * character.
 */
const INPUT_MARK = '@';
/** The value of a mark that no longer applies. */
const EXPIRED_MARK = -1;

/**
 * Sequence number of an output within its source partition: by the input's offset, then by the index among that input's
 * outputs. Exact below 2^41 offsets.
 */
export function sourceSequence({ offset, index }: Pick<RecordSource, 'offset' | 'index'>): number {
  return offset * MAX_OUTPUTS_PER_RECORD + index;
}

export interface Unseen<Value> {
  readonly records: readonly DecodedRecord<Value>[];
  /** The high-water marks after these records are applied; only of sources that appear in them. */
  readonly seen: ReadonlyMap<string, number>;
}

/** Name of the mark for the incarnation of the input that a stage's state was computed from. */
export function inputMark(incarnation: string): string {
  return INPUT_MARK + incarnation;
}

/** The incarnation of the input that a state was computed from, or undefined if it is not stored. */
export function inputOf(marks: ReadonlyMap<string, number>): string | undefined {
  for (const [name, value] of marks)
    if (value >= 0 && name.startsWith(INPUT_MARK)) return name.slice(INPUT_MARK.length);
  return undefined;
}

/** The name of a source partition's mark in an earlier incarnation of its topic, or undefined if this is the first. */
export function earlierSource(source: string, marks: ReadonlyMap<string, number>): string | undefined {
  const base = withoutIncarnation(source);
  for (const [name, value] of marks) {
    if (value >= 0 && name !== source && withoutIncarnation(name) === base) return name;
  }
  return undefined;
}

/**
 * Drops records whose source was applied before. A sender that repeats itself after a crash sends the same records in
 * the same order, so one high-water mark per source partition is sufficient. A topic that is deleted and created again
 * is another source, whose offsets restart. Records without source headers pass.
 */
export function dropSeen<Value>(
  records: readonly DecodedRecord<Value>[],
  marks: ReadonlyMap<string, number>,
): Unseen<Value> {
  const seen = new Map<string, number>();
  const unseen = records.filter(({ source }) => {
    if (!source) return true;
    const sequence = sourceSequence(source);
    const mark =
      seen.get(source.partition) ?? marks.get(source.partition) ?? adoptedMark(source.partition, marks, seen);
    if (sequence <= mark) return false;
    seen.set(source.partition, sequence);
    return true;
  });
  return { records: unseen, seen };
}

/** Moves a mark without an incarnation, as earlier versions wrote it, to the first incarnation seen. */
function adoptedMark(source: string, marks: ReadonlyMap<string, number>, seen: Map<string, number>): number {
  const base = withoutIncarnation(source);
  const mark = base === source ? EXPIRED_MARK : (marks.get(base) ?? EXPIRED_MARK);
  if (mark < 0 || seen.has(base)) return EXPIRED_MARK;
  seen.set(base, EXPIRED_MARK);
  seen.set(source, mark);
  return mark;
}
