/** Settings of a Node process, as `services/<name>/runtime.json` holds them. */
export interface RuntimeSettings {
  readonly heap: {
    /** `--max-semi-space-size`, MiB: the size of one of the two halves of the young generation. */
    readonly youngMiB: number;
    /** `--max-old-space-size`, MiB. */
    readonly oldMiB: number;
  };
  /** Further flags of node and V8, in the order of the command line. */
  readonly nodeFlags: readonly string[];
  /** Flags that are added on a machine with at most this number of cores. */
  readonly fewCores: { readonly atMost: number; readonly nodeFlags: readonly string[] };
  /** Arenas of glibc's allocator (`MALLOC_ARENA_MAX`). Other C libraries ignore it. */
  readonly mallocArenas: number;
  /** Threads of libuv's pool (`UV_THREADPOOL_SIZE`); absent for Node's default of 4. */
  readonly uvThreads?: number | undefined;
  /** Further environment variables. Variables that an operator sets replace them. */
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * The flags of node for these settings: heap sizes, then the further flags, then those for few cores.
 * @param cores number of cores that the process may use
 */
export function nodeFlagsOf({ heap, nodeFlags, fewCores }: RuntimeSettings, cores: number): readonly string[] {
  return [
    `--max-semi-space-size=${heap.youngMiB}`,
    `--max-old-space-size=${heap.oldMiB}`,
    ...nodeFlags,
    ...(cores <= fewCores.atMost ? fewCores.nodeFlags : []),
  ];
}

/** The environment variables for these settings. They must be set before the process starts. */
export function environmentOf(settings: RuntimeSettings): Readonly<Record<string, string>> {
  const { mallocArenas, uvThreads, environment } = settings;
  return {
    MALLOC_ARENA_MAX: String(mallocArenas),
    ...(uvThreads === undefined ? {} : { UV_THREADPOOL_SIZE: String(uvThreads) }),
    ...environment,
  };
}
