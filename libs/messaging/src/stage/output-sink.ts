import { assert } from '@fraudflow/core';
import type { BatchContext } from '../consumer/batch-handler.js';
import type { StageOutput } from './stage-definition.js';

/** Where a stage's outputs go. One per stage; all calls name the partition. */
export interface OutputSink {
  /**
   * Takes the output side of a partition over. Returns the highest input offset whose outputs are known to be out, or undefined
   * if the sink cannot know.
   * @param incarnation of the input: outputs of another one do not count
   */
  open(partition: number, incarnation: string | undefined): Promise<number | undefined>;
  /** The log has lost the inputs at this offset and behind it: outputs of such inputs are new ones, whatever the output shows. */
  rewind?(partition: number, offset: number): void;
  /** Resolves when all outputs are acknowledged. May be called again with the same outputs after it threw. */
  emit(partition: number, outputs: readonly StageOutput[], context: BatchContext): Promise<void>;
  close(partition: number): void;
}

/** Numbers the outputs that one input record has on one topic: 0, 1, 2 … Outputs come in the order of their inputs. */
export function withSourceIndexes(outputs: readonly StageOutput[]): StageOutput[] {
  let offset = -1;
  let counts: Map<string, number> | undefined;
  return outputs.map((out, at) => {
    if (out.from.offset !== offset) {
      assert(out.from.offset > offset, 'outputs must come in the order of their inputs');
      ({ offset } = out.from);
      counts = undefined;
      return out;
    }
    // The second output of an input is rare: only now is it worth counting.
    counts ??= new Map([[outputs[at - 1]?.topic.name ?? '', 1]]);
    const sourceIndex = counts.get(out.topic.name) ?? 0;
    counts.set(out.topic.name, sourceIndex + 1);
    return sourceIndex === 0 ? out : { ...out, sourceIndex };
  });
}
