import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type Environment, processEnvironment } from '@fraudflow/config';
import { asError, notFound } from '@fraudflow/core';
import { repositoryRoot, stackStatus } from '@fraudflow/local';

/** One planned kill. The first matching line of the demo after the previous kill triggers it. */
export interface PlannedKill {
  readonly service: string;
  readonly when: RegExp;
}

export interface KilledDemo {
  readonly exitCode: number | null;
  /** Services that were killed, in order. */
  readonly killed: readonly string[];
  /** Failed kills, with the reasons. */
  readonly failures: readonly string[];
  readonly lines: readonly string[];
}

export interface KilledDemoOptions {
  /** FRAUDFLOW_DATA_DIR. The demo's stack uses its subfolder `demo`. */
  readonly dataDir: string;
  readonly args: readonly string[];
  readonly kills: readonly PlannedKill[];
  /** The demo is stopped after this time. */
  readonly limitMs: number;
}

/**
 * Runs `fraudflow demo --plain` and kills services (SIGKILL) when their lines appear. Resolves when the demo has ended.
 */
export async function runKilledDemo(options: KilledDemoOptions): Promise<KilledDemo> {
  const script = join(repositoryRoot(), 'cli', 'dist', 'main.js');
  const child = spawn(process.execPath, [script, 'demo', '--plain', ...options.args], {
    env: demoEnvironment(options.dataDir),
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: options.limitMs,
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', resolve);
  });
  const lines: string[] = [];
  const killed: string[] = [];
  const failures: string[] = [];
  for await (const line of createInterface({ input: child.stderr })) {
    lines.push(line);
    const next = options.kills[killed.length + failures.length];
    if (!next?.when.test(line)) continue;
    try {
      await killService(join(options.dataDir, 'demo'), next.service);
      lines.push(`-- killed ${next.service}`);
      killed.push(next.service);
    } catch (thrown) {
      failures.push(`${next.service}: ${asError(thrown).message}`);
    }
  }
  return { exitCode: await ended, killed, failures, lines };
}

/** Removes server addresses from the environment, so that the demo starts its embedded servers. */
function demoEnvironment(dataDir: string): Environment {
  return { ...processEnvironment(), FRAUDFLOW_DATA_DIR: dataDir };
}

/** @throws AppError not_found if the service has no running process */
async function killService(stackDir: string, service: string): Promise<void> {
  const { parts } = await stackStatus(stackDir);
  const pid = parts.find((part) => part.name === service)?.pid;
  if (pid === undefined) throw notFound(`${service} has no process`);
  process.kill(pid, 'SIGKILL');
}
