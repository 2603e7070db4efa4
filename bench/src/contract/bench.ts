import type { RunFigures } from '../report/figure.js';
import type { BenchHost } from './bench-host.js';

/** Options of a bench. */
export interface BenchOptions {
  /** Transactions that a bench sends through the stream, if it sends any. */
  readonly transactions: number;
  /** Transactions of the history, if a bench needs one before it measures. */
  readonly history: number;
  /** Processes of the feature store that share its partitions, if a bench runs any. */
  readonly workers: number;
  /** Customers of the measured traffic, if a bench simulates any; there are twice as many terminals. */
  readonly customers: number;
  /** Partitions of each keyed topic, if a bench lets the caller choose. */
  readonly partitions: number;
  /**
   * A Python with Feast and its Redis driver, for the peer; without it the bench installs one in a temporary folder.
   */
  readonly feastPython: string | undefined;
}

export const BENCH_DEFAULTS: BenchOptions = {
  transactions: 300_000,
  // The number of rows of the handbook's file.
  history: 1_303_778,
  workers: 1,
  customers: 2_000,
  partitions: 4,
  feastPython: undefined,
};

/** Resources and outputs of a bench. */
export interface BenchContext {
  readonly host: BenchHost;
  readonly options: BenchOptions;
  /** Prints a line of progress. */
  readonly note: (line: string) => void;
  /** Empty folder for data, removed afterwards. */
  readonly dataDir: string;
}

/** One benchmark under a name; a new one is a file and a line in `bench-registry.ts`. */
export interface Bench {
  readonly name: string;
  readonly description: string;
  /** Opened for each run, so that the spread includes process starts. Expensive if opening takes minutes. */
  readonly opensForEachRun?: boolean;
  /** Called once, or once for each run. The returned bench is measured and always closed. */
  open(context: BenchContext): Promise<OpenBench>;
}

export interface OpenBench {
  /** Versions of the measured software without Node, e.g. `{ kafka: '4.4.0' }`. */
  readonly versions: Readonly<Record<string, string>>;
  /**
   * One complete measurement. @param run from 1.
   * @throws if a call failed or a record was lost: a figure without them would be too good
   */
  measure(run: number): Promise<RunFigures>;
  close(): Promise<void>;
}
