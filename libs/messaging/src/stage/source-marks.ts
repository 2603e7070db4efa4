import { MAX_OUTPUTS_PER_RECORD, type DecodedRecord, type RecordSource } from '../consumer/decoded-record.js';

/** Orders the outputs of one source partition: by the input's offset, then by place among that input's outputs. Exact below 2^41 offsets. */
export function sourceSequence({ offset, index }: Pick<RecordSource, 'offset' | 'index'>): number {
  return offset * MAX_OUTPUTS_PER_RECORD + index;
}

export interface Unseen<Value> {
  readonly records: readonly DecodedRecord<Value>[];
  /** The marks once these records are applied; only sources that appear in them. */
  readonly seen: ReadonlyMap<string, number>;
}

/**
 * Drops records whose source was applied before. A sender that repeats itself after a crash sends the same records in the same
 * order, so one high-water mark per source partition suffices. Records without source headers pass.
 */
export function dropSeen<Value>(
  records: readonly DecodedRecord<Value>[],
  marks: ReadonlyMap<string, number>,
): Unseen<Value> {
  const seen = new Map<string, number>();
  const unseen = records.filter(({ source }) => {
    if (!source) return true;
    const sequence = sourceSequence(source);
    const mark = seen.get(source.partition) ?? marks.get(source.partition) ?? -1;
    if (sequence <= mark) return false;
    seen.set(source.partition, sequence);
    return true;
  });
  return { records: unseen, seen };
}
