import type { RetryOptions } from '../consumer/retry.middleware.js';
import type { EntityHistory } from './entity-repair.js';
import type { OutputSink } from './output-sink.js';
import type { StageProcessor } from './stage-definition.js';
import type { StagePartitionId, StageStore } from './stage-store.port.js';

/** What one owned partition of a stage works with, and whom it notifies. */
export interface StagePartitionOptions<Input> {
  readonly id: StagePartitionId;
  readonly store: StageStore | undefined;
  /** The layout of the states that `open`'s processors read and write. */
  readonly layout?: string | undefined;
  /** The stored states have another layout and are given up. */
  readonly onOtherLayout?: (stored: string | undefined) => void;
  readonly sink: OutputSink;
  readonly open: () => StageProcessor<Input>;
  readonly retry: RetryOptions;
  readonly onDuplicates: (count: number) => void;
  /** Lost state is complete again. */
  readonly onRebuilt: () => void;
  /** Where the records of an entity whose stored state is damaged can be read again. */
  readonly history?: EntityHistory<Input>;
  /** A source partition's topic was deleted and created again: its records count as new. */
  readonly onNewSource?: (source: string, earlier: string) => void;
  /** Stored state failed its checksum. */
  readonly onCorrupt: (cause: unknown) => void;
  /** The state of this entity alone was computed again. */
  readonly onRepaired?: (entity: string) => void;
}
