import type { StagePartitionId, StageStore } from '@fraudflow/contracts';
import type { RetryOptions } from '../consumer/handling/retry.middleware.js';
import type { EntityHistory } from './entity-repair.js';
import type { OutputSink } from './output-sink.js';
import type { StageProcessor } from './stage-definition.js';

/** Dependencies and callbacks of one owned partition of a stage. */
export interface StagePartitionOptions<Input> {
  readonly id: StagePartitionId;
  readonly store: StageStore | undefined;
  /** The layout of the states that `open`'s processors read and write. */
  readonly layout?: string | undefined;
  /** Called when the stored states have another layout and are discarded. */
  readonly onOtherLayout?: (stored: string | undefined) => void;
  readonly sink: OutputSink;
  readonly open: () => StageProcessor<Input>;
  readonly retry: RetryOptions;
  readonly onDuplicates: (count: number) => void;
  /** Called when lost state is complete again. */
  readonly onRebuilt: () => void;
  /** Reads the records of an entity whose stored state is damaged. */
  readonly history?: EntityHistory<Input>;
  /** Called when a source partition's topic was deleted and created again: its records count as new. */
  readonly onNewSource?: (source: string, earlier: string) => void;
  /** Called when stored state failed its checksum. */
  readonly onCorrupt: (cause: unknown) => void;
  /** Called when the state of this entity was recomputed. */
  readonly onRepaired?: (entity: string) => void;
}
