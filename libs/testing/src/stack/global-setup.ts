import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startStack } from '@fraudflow/local';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** `host:port` each, of the Kafka that all integration tests share: use topic and group names of your own. */
    kafkaBrokers: readonly string[];
    /** Use keys of your own. */
    redisUrl: string;
    /** Use a schema of your own. */
    postgresUrl: string;
  }
}

/** Starts the three servers once for all integration tests, on free ports in a folder that goes away afterwards. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const dataDir = mkdtempSync(join(tmpdir(), 'fraudflow-test-'));
  // Tests look at all keys and make accounts; what the account of services may do is tested with the stack itself.
  const stack = await startStack({ dataDir, redisUsers: ['user tester on nopass ~* &* +@all'] });
  project.provide('kafkaBrokers', stack.addresses.kafkaBrokers);
  project.provide('redisUrl', asTester(stack.addresses.redisUrl));
  project.provide('postgresUrl', stack.addresses.postgresUrl);
  return async () => {
    await stack.stop();
    rmSync(dataDir, { recursive: true, force: true });
  };
}

function asTester(url: string): string {
  const changed = new URL(url);
  changed.username = 'tester';
  changed.password = 'any';
  return changed.href;
}
