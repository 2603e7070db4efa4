import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { processEnvironment } from '@fraudflow/config';

/** Feast needs at least this Python. */
const VERSION_CHECK = 'import sys, venv; sys.exit(0 if sys.version_info >= (3, 10) else 1)';
const QUICK_MS = 30_000;

export interface RunResult {
  /** Exit code; -1 if the program could not be started or exceeded its timeout. */
  readonly exitCode: number;
  /** Standard output, then standard error. */
  readonly output: string;
}

export type PythonEnvironment =
  { readonly isReady: true; readonly executable: string } | { readonly isReady: false; readonly reason: string };

/**
 * A virtual environment with the packages, or the reason why it is missing: no Python, or no access to the package
 * index.
 */
export async function createPythonEnvironment(
  folder: string,
  requirements: string,
  timeoutMs: number,
): Promise<PythonEnvironment> {
  const found = await run('python3', ['-c', VERSION_CHECK], QUICK_MS);
  if (found.exitCode !== 0) return { isReady: false, reason: 'Python 3.10 or later with venv was not found' };
  const made = await run('python3', ['-m', 'venv', folder], timeoutMs);
  if (made.exitCode !== 0) return { isReady: false, reason: `no virtual environment: ${lastLine(made.output)}` };
  const executable = join(folder, 'bin', 'python');
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--retries', '1', '-r', requirements];
  const installed = await run(executable, pip, timeoutMs);
  if (installed.exitCode === 0) return { isReady: true, executable };
  return { isReady: false, reason: `the packages could not be installed: ${lastLine(installed.output)}` };
}

/** Runs a program and kills it after `timeoutMs`. */
export function run(file: string, args: readonly string[], timeoutMs: number): Promise<RunResult> {
  return new Promise((resolve) => {
    const child = spawn(file, args, { env: processEnvironment(), stdio: ['ignore', 'pipe', 'pipe'] });
    const out: string[] = [];
    const err: string[] = [];
    child.stdout.setEncoding('utf8').on('data', (text: string) => out.push(text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => err.push(text));
    const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
    const settle = (exitCode: number): void => {
      clearTimeout(timer);
      resolve({ exitCode, output: [...out, ...err].join('') });
    };
    child.on('error', () => settle(-1));
    child.on('close', (code) => settle(code ?? -1));
  });
}

function lastLine(text: string): string {
  return text.trimEnd().split('\n').at(-1) ?? '';
}
