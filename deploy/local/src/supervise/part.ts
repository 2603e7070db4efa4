/** A program with its arguments, environment and account. */
export interface LaunchCommand {
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  /** The whole environment of the child; nothing is inherited. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly uid?: number;
  readonly gid?: number;
  /** Nice value, see NICENESS; default 0. */
  readonly niceness?: number;
}

export type PartKind = 'embedded' | 'service';

/** Time to get ready: generous, since a busy machine starts slowly and a part that exits is reported at once, ms. */
export const READY_TIMEOUT_MS = 120_000;

/** One process of the stack: an embedded server or a service. */
export interface Part {
  readonly name: string;
  readonly kind: PartKind;
  /** Ports by use, e.g. `{ http: 8501, grpc: 8500 }`. */
  readonly ports: Readonly<Record<string, number>>;
  /** Address for clients, without secrets. */
  readonly address: string;
  /** Signal for a clean stop; after `stopTimeoutMs` the process is killed. */
  readonly stopSignal: NodeJS.Signals;
  readonly stopTimeoutMs: number;
  readonly readyTimeoutMs: number;
  /** Prepares the data folder and returns the command. Called before every start, also after a crash. */
  prepare(): Promise<LaunchCommand>;
  /** One probe; false while the part is starting. Never throws. */
  isReady(): Promise<boolean>;
  /** Adjusts the running process, e.g. the priorities of its threads. Never throws. */
  afterReady?(pid: number): void;
}
