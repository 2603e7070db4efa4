import type { StackEventListener } from '../../supervise/stack-event.js';
import type { ExternalAddresses } from './addresses.js';

export const EMBEDDED_NAMES = ['kafka', 'redis', 'postgres'] as const;
export type EmbeddedName = (typeof EMBEDDED_NAMES)[number];

export interface StackOptions {
  /** Everything the stack writes lies in here. */
  readonly dataDir: string;
  /** `default` takes the usual ports where they are free, `free` (the default) always asks the system for some. */
  readonly ports?: 'default' | 'free';
  /** Names of services to run; `none` (the default) runs the servers only. */
  readonly services?: readonly string[] | 'none';
  /** Which servers to embed; all three unless an external address takes their place. */
  readonly embedded?: readonly EmbeddedName[];
  readonly external?: ExternalAddresses;
  /** Added to every service's environment, above everything else. */
  readonly env?: Readonly<Record<string, string>>;
  /** Folder of Maven's jars. */
  readonly libDir?: string;
  /** The script of a service; `services/<name>/dist/main.js` by default. */
  readonly serviceScript?: (name: string) => string;
  /** A redis-server to use instead of the one that would be chosen. */
  readonly redisServer?: string | undefined;
  /** Further Redis accounts as lines of an access-control file; for tests that need administrative commands. */
  readonly redisUsers?: readonly string[] | undefined;
  /** A folder with Postgres' programs to use instead of the bundled ones. */
  readonly postgresBinDir?: string | undefined;
  readonly onEvent?: StackEventListener;
  /** Aborting it during the start stops what was started; afterwards use `stop()`. */
  readonly signal?: AbortSignal;
}
