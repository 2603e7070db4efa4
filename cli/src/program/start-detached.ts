import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { delay, unavailable } from '@fraudflow/core';
import { layoutOf, stackStatus } from '@fraudflow/local';
import type { CliContext } from './cli-context.js';
import { describeAddresses } from './describe-addresses.js';
import { CommandFailed, EXIT_OK } from './exit-code.js';
import { loadStackSettings } from './stack-settings.js';
import { parseServices, type UpOptions } from './up-options.js';

const POLL_MS = 200;

/**
 * Runs `up` in a separate session and returns when everything is ready.
 * @throws AppError unavailable with its output, if it ends before
 */
export async function startDetached(options: UpOptions, context: CliContext): Promise<void> {
  const { dataDir } = loadStackSettings(context.env);
  parseServices(options.services);
  const { logs } = layoutOf(dataDir);
  mkdirSync(logs, { recursive: true });
  const logFile = join(logs, 'up.log');
  const log = openSync(logFile, 'w');
  const args = [context.mainScript, 'up', '--ports', options.ports, '--services', options.services];
  const child = spawn(process.execPath, args, { detached: true, stdio: ['ignore', log, log], env: { ...context.env } });
  closeSync(log);
  let exitCode: number | undefined;
  child.once('exit', (code) => (exitCode = code ?? 1));
  while (!(await isStarted(dataDir, child.pid))) {
    if (exitCode !== undefined) throw failure(exitCode, logFile, context);
    if (context.interrupted.aborted) child.kill('SIGTERM');
    await delay(POLL_MS);
  }
  child.unref();
  const { parts } = await stackStatus(dataDir);
  context.out(describeAddresses(parts, options.json ?? false));
  context.note(`running as process ${child.pid}; ./fraudflow down stops it, its log is in ${logFile}`);
}

async function isStarted(dataDir: string, pid: number | undefined): Promise<boolean> {
  const { isStarted: started, supervisorPid } = await stackStatus(dataDir);
  return started && supervisorPid === pid;
}

function failure(exitCode: number, logFile: string, context: CliContext): Error {
  if (context.interrupted.aborted) return new CommandFailed(EXIT_OK);
  context.note(readFileSync(logFile, 'utf8').trimEnd());
  return exitCode === 2 ? new CommandFailed(exitCode) : unavailable(`the stack did not start; see ${logFile}`);
}
