import type { CliContext } from '../../program/cli-context.js';
import type { RunFigures } from '../report/figure.js';

/** What the caller may choose of a bench. */
export interface BenchOptions {
  /** Transactions that a bench sends through the stream, where it sends some. */
  readonly transactions: number;
  /** Transactions there are before anything is measured, where a bench needs a history. */
  readonly history: number;
  /** Processes of the feature store that share its partitions, where a bench runs some. */
  readonly workers: number;
  /** Customers of the measured traffic, where a bench simulates some; there are twice as many terminals. */
  readonly customers: number;
  /** Partitions of each keyed topic, where a bench lets the caller choose. */
  readonly partitions: number;
  /** A Python with Feast and its Redis driver, for the peer; without it a throw-away environment is made. */
  readonly feastPython: string | undefined;
}

export const BENCH_DEFAULTS: BenchOptions = {
  transactions: 300_000,
  // As many as the handbook's file has.
  history: 1_303_778,
  workers: 1,
  customers: 2_000,
  partitions: 4,
  feastPython: undefined,
};

/** Resources and outputs of a bench. */
export interface BenchContext {
  readonly cli: CliContext;
  readonly options: BenchOptions;
  /** A line of progress for the person who waits. */
  readonly note: (line: string) => void;
  /** Empty folder for data, removed afterwards. */
  readonly dataDir: string;
}

/** One benchmark under a name; a new one is a file and a line in `bench-registry.ts`. */
export interface Bench {
  readonly name: string;
  readonly description: string;
  /** Set up anew for each run, so that the spread covers process starts as well; costly where set-up takes minutes. */
  readonly startsAnew?: boolean;
  /** Set up once (or once for each run), measured, always closed. */
  open(context: BenchContext): Promise<OpenBench>;
}

export interface OpenBench {
  /** Versions of what is measured beside Node, e.g. `{ kafka: '4.4.0' }`. */
  readonly versions: Readonly<Record<string, string>>;
  /**
   * One whole measurement. @param run from 1.
   * @throws if a call failed or a record was lost: a figure that leaves them out would be better than the truth
   */
  measure(run: number): Promise<RunFigures>;
  close(): Promise<void>;
}
