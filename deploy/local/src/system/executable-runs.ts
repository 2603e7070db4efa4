import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { asError } from '@fraudflow/core';

/** Runs `<file> --version`. @returns undefined if it works, else the reason in one line */
export async function whyItDoesNotRun(file: string): Promise<string | undefined> {
  try {
    await promisify(execFile)(file, ['--version'], { timeout: 10_000 });
    return undefined;
  } catch (thrown) {
    const lines = asError(thrown).message.trim().split('\n');
    return lines.at(-1);
  }
}
