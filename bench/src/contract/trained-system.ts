import type { StackHandle } from '@fraudflow/local';
import type { SimulatorSettings } from '@fraudflow/simulator';
import type { LogReader } from '../system/topic-reader.js';
import type { FaultPlan } from '../traffic/faults.js';
import type { TopicWriter } from '../traffic/topic-writer.js';
import type { TrafficSource } from '../traffic/traffic-source.js';

/** The population and the history that a model is trained on. */
export interface TrainedSystemOptions {
  readonly customers: number;
  readonly terminals: number;
  readonly historyDays: number;
  /** Faults among the records. */
  readonly faults: FaultPlan;
  /** Partitions of each keyed topic. */
  readonly partitions: number;
  /** Folder of the stack; it is emptied first. */
  readonly dataDir: string;
  readonly signal: AbortSignal;
}

/** All six services with a model in Production that has scored the whole history. */
export interface TrainedSystem {
  readonly stack: StackHandle;
  readonly log: LogReader;
  readonly writer: TopicWriter;
  /** The traffic that follows the history. */
  readonly source: TrafficSource;
  /** The simulated population, for a wider one of the same kind. */
  readonly world: Partial<SimulatorSettings>;
  /** Event time between a fraud and its label, ms. */
  readonly labelDelayMs: number;
  readonly signal: AbortSignal;
  /** Closes the clients and stops the stack. */
  close(): Promise<void>;
}
