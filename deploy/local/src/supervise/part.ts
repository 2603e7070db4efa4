/** What to run, and as whom. */
export interface LaunchCommand {
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  /** The whole environment of the child; nothing is inherited. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly uid?: number;
  readonly gid?: number;
  /** What it leaves to other parts of the stack while the processor is busy: see NICENESS. Default 0. */
  readonly niceness?: number;
}

export type PartKind = 'embedded' | 'service';

/** One process of the stack, as its supervisor sees it: an embedded server or one of our services. */
export interface Part {
  readonly name: string;
  readonly kind: PartKind;
  /** Ports by use, e.g. `{ http: 8501, grpc: 8500 }`. */
  readonly ports: Readonly<Record<string, number>>;
  /** Where clients connect, without any secret. */
  readonly address: string;
  /** Asks for a clean stop; after `stopTimeoutMs` the process is killed. */
  readonly stopSignal: NodeJS.Signals;
  readonly stopTimeoutMs: number;
  readonly readyTimeoutMs: number;
  /** Brings the data folder into order and says what to run. Called before every start, also after a crash. */
  prepare(): Promise<LaunchCommand>;
  /** One probe; false while the part is still coming up. Never throws. */
  isReady(): Promise<boolean>;
  /** Last touches to the running process, e.g. priorities of its threads. Never throws. */
  afterReady?(pid: number): void;
}
