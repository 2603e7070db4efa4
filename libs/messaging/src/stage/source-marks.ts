import { withoutIncarnation } from '../port/record.js';
import { MAX_OUTPUTS_PER_RECORD, type DecodedRecord, type RecordSource } from '../consumer/decoded-record.js';

/** Marks of sources begin with a topic's name, which cannot hold this character. */
const INPUT_MARK = '@';
/** The value of a mark that counts no more. */
const USED_UP = -1;

/** Orders the outputs of one source partition: by the input's offset, then by place among that input's outputs. Exact below 2^41 offsets. */
export function sourceSequence({ offset, index }: Pick<RecordSource, 'offset' | 'index'>): number {
  return offset * MAX_OUTPUTS_PER_RECORD + index;
}

export interface Unseen<Value> {
  readonly records: readonly DecodedRecord<Value>[];
  /** The marks once these records are applied; only sources that appear in them. */
  readonly seen: ReadonlyMap<string, number>;
}

/** Name of the mark that says from which incarnation of its input a stage's state was computed. */
export function inputMark(incarnation: string): string {
  return INPUT_MARK + incarnation;
}

/** The incarnation of the input a state was computed from, or undefined if it was not noted. */
export function inputOf(marks: ReadonlyMap<string, number>): string | undefined {
  for (const [name, value] of marks)
    if (value >= 0 && name.startsWith(INPUT_MARK)) return name.slice(INPUT_MARK.length);
  return undefined;
}

/** The name a source partition was marked under in an earlier life of its topic, or undefined if this is its first. */
export function earlierSource(source: string, marks: ReadonlyMap<string, number>): string | undefined {
  const base = withoutIncarnation(source);
  for (const [name, value] of marks) {
    if (value >= 0 && name !== source && withoutIncarnation(name) === base) return name;
  }
  return undefined;
}

/**
 * Drops records whose source was applied before. A sender that repeats itself after a crash sends the same records in the same
 * order, so one high-water mark per source partition suffices. A topic that is deleted and created again is another source, whose offsets
 * begin anew. Records without source headers pass.
 */
export function dropSeen<Value>(
  records: readonly DecodedRecord<Value>[],
  marks: ReadonlyMap<string, number>,
): Unseen<Value> {
  const seen = new Map<string, number>();
  const unseen = records.filter(({ source }) => {
    if (!source) return true;
    const sequence = sourceSequence(source);
    const mark = seen.get(source.partition) ?? marks.get(source.partition) ?? adopted(source.partition, marks, seen);
    if (sequence <= mark) return false;
    seen.set(source.partition, sequence);
    return true;
  });
  return { records: unseen, seen };
}

/** The mark that was set before sources told their topic's incarnation becomes that of the first incarnation met. */
function adopted(source: string, marks: ReadonlyMap<string, number>, seen: Map<string, number>): number {
  const base = withoutIncarnation(source);
  const mark = base === source ? USED_UP : (marks.get(base) ?? USED_UP);
  if (mark < 0 || seen.has(base)) return USED_UP;
  seen.set(base, USED_UP);
  seen.set(source, mark);
  return mark;
}
