import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startStack } from '@fraudflow/local';
import type { TestProject } from 'vitest/node';

/** Starts the three servers once for all integration tests, on free ports in a temporary folder. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const dataDir = mkdtempSync(join(tmpdir(), 'fraudflow-test-'));
  // Tests list all keys and create accounts, so they use a privileged account. Tests of the stack cover the account of
  // the services.
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
