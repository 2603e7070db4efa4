import type { Environment } from '@fraudflow/config';

/** What a command may touch of the outside; tests hand in their own. */
export interface CliContext {
  readonly env: Environment;
  /** Prints one line to standard output: results, what a machine may read. */
  readonly out: (line: string) => void;
  /** Prints one line to standard error: progress and notices. */
  readonly note: (line: string) => void;
  /** Aborts on the first SIGINT, SIGTERM or SIGHUP. */
  readonly interrupted: AbortSignal;
  /** The script this program was started from, to start itself again in the background. */
  readonly mainScript: string;
}
