import { execFile } from 'node:child_process';
import { cpus, loadavg, release, totalmem, type } from 'node:os';
import { promisify } from 'node:util';
import { repositoryRoot } from '@fraudflow/local';

/** The machine that a figure was measured on. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memory_gib: number;
  readonly os: string;
  readonly node: string;
  /** 1-minute load average before the bench began; above about 0.5 the figures are worse. */
  readonly load_before: number;
}

export function describeMachine(): Machine {
  const processors = cpus();
  return {
    cpu: processors[0]?.model.trim() ?? 'unknown',
    cores: processors.length,
    memory_gib: Math.round(totalmem() / 2 ** 30),
    os: `${type()} ${release()}`,
    node: process.version,
    load_before: Math.round((loadavg()[0] ?? 0) * 100) / 100,
  };
}

/** Commit of the checkout, with `-dirty` if files differ from it; `unknown` outside git. */
export async function commitOfCheckout(): Promise<string> {
  const git = (...args: string[]) => promisify(execFile)('git', args, { cwd: repositoryRoot() });
  try {
    const { stdout: commit } = await git('rev-parse', '--short=12', 'HEAD');
    const { stdout: changes } = await git('status', '--porcelain');
    return commit.trim() + (changes.trim() === '' ? '' : '-dirty');
  } catch {
    return 'unknown';
  }
}
