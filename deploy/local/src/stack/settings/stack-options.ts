import type { StackEventListener } from '../../supervise/stack-event.js';
import type { ExternalAddresses } from './addresses.js';

export const EMBEDDED_NAMES = ['kafka', 'redis', 'postgres'] as const;
export type EmbeddedName = (typeof EMBEDDED_NAMES)[number];

export interface StackOptions {
  /** Folder of all files that the stack writes. */
  readonly dataDir: string;
  /** `default`: the default ports if they are free. `free`, which is the default: ports that the system chooses. */
  readonly ports?: 'default' | 'free';
  /** Names of services to run; `none` (the default) runs the servers only. */
  readonly services?: readonly string[] | 'none';
  /** Servers to embed; by default all three, without those that have an external address. */
  readonly embedded?: readonly EmbeddedName[];
  readonly external?: ExternalAddresses;
  /** Variables of all services; they replace all others. */
  readonly env?: Readonly<Record<string, string>>;
  /** Folder of Maven's jars. */
  readonly libDir?: string;
  /** The script of a service; `services/<name>/dist/main.js` by default. */
  readonly serviceScript?: (name: string) => string;
  /** Path of a redis-server to use instead of the automatically chosen one. */
  readonly redisServer?: string | undefined;
  /** Further Redis accounts as lines of an access-control file; for tests that need administrative commands. */
  readonly redisUsers?: readonly string[] | undefined;
  /** Folder of Postgres programs to use instead of the bundled ones. */
  readonly postgresBinDir?: string | undefined;
  readonly onEvent?: StackEventListener;
  /** Aborts the start and stops the started parts. After the start, use `stop()`. */
  readonly signal?: AbortSignal;
}
