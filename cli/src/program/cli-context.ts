import type { Environment } from '@fraudflow/config';

/** Environment and outputs of a command; tests replace them. */
export interface CliContext {
  readonly env: Environment;
  /** Prints one line to standard output: results, which programs may read. */
  readonly out: (line: string) => void;
  /** Prints one line to standard error: progress and notices. */
  readonly note: (line: string) => void;
  /** Aborts on the first SIGINT, SIGTERM or SIGHUP. */
  readonly interrupted: AbortSignal;
  /** The script this program was started from, to start itself again in the background. */
  readonly mainScript: string;
}
