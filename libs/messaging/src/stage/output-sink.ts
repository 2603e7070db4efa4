import type { BatchContext } from '../consumer/batch-handler.js';
import type { StageOutput } from './stage-definition.js';

/** Where a stage's outputs go. One per stage; all calls name the partition. */
export interface OutputSink {
  /**
   * Takes the output side of a partition over. Returns the highest input offset whose outputs are known to be out, or undefined
   * if the sink cannot know.
   */
  open(partition: number): Promise<number | undefined>;
  /** Resolves when all outputs are acknowledged. May be called again with the same outputs after it threw. */
  emit(partition: number, outputs: readonly StageOutput[], context: BatchContext): Promise<void>;
  close(partition: number): void;
}

/** Numbers the outputs that one input record has on one topic: 0, 1, 2 … */
export function withSourceIndexes(outputs: readonly StageOutput[]): StageOutput[] {
  const counts = new Map<string, number>();
  return outputs.map((out) => {
    const name = `${out.from.offset}>${out.topic.name}`;
    const sourceIndex = counts.get(name) ?? 0;
    counts.set(name, sourceIndex + 1);
    return sourceIndex === 0 ? out : { ...out, sourceIndex };
  });
}
