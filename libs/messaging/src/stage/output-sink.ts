import { assert } from '@fraudflow/core';
import type { BatchContext } from '../consumer/handling/batch-handler.js';
import type { StageOutput } from './stage-definition.js';

/** Destination of a stage's outputs. One per stage; every call names the partition. */
export interface OutputSink {
  /**
   * Claims the output side of a partition. Returns the highest input offset whose outputs are known to be written, or
   * undefined if the sink cannot determine it.
   * @param incarnation of the input: outputs of another incarnation do not count
   */
  open(partition: number, incarnation: string | undefined): Promise<number | undefined>;
  /**
   * The log has lost the inputs at this offset and after it: outputs of new records there are new, even if the output
   * topic has later ones.
   */
  rewind?(partition: number, offset: number): void;
  /** Resolves when all outputs are acknowledged. May be called again with the same outputs after it threw. */
  emit(partition: number, outputs: readonly StageOutput[], context: BatchContext): Promise<void>;
  close(partition: number): void;
}

/** Numbers the outputs of each input record per topic: 0, 1, 2 … Outputs must be in the order of their inputs. */
export function withSourceIndexes(outputs: readonly StageOutput[]): StageOutput[] {
  let offset = -1;
  let counts: Map<string, number> | undefined;
  return outputs.map((out, at) => {
    if (out.from.offset !== offset) {
      assert(out.from.offset > offset, 'outputs must be in the order of their inputs');
      ({ offset } = out.from);
      counts = undefined;
      return out;
    }
    // Counting starts only at the second output of an input, which is rare.
    counts ??= new Map([[outputs[at - 1]?.topic.name ?? '', 1]]);
    const sourceIndex = counts.get(out.topic.name) ?? 0;
    counts.set(out.topic.name, sourceIndex + 1);
    return sourceIndex === 0 ? out : { ...out, sourceIndex };
  });
}
