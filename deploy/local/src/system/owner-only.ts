import { NICE_SCRIPT } from './niceness.js';

/** The shell replaces itself by the program, so that the process id stays the same. */
const SCRIPT = 'umask 077; exec "$0" "$@"';
const SCRIPT_WITH_NICENESS = `umask 077; ${NICE_SCRIPT}`;

/**
 * A command line that runs a program with umask 077, so that only the owner can read its files.
 * @param niceness see NICENESS; 0 keeps the priority of the parent process
 */
export function ownerOnly(
  file: string,
  args: readonly string[],
  niceness = 0,
): { readonly file: string; readonly args: string[] } {
  if (niceness === 0) return { file: '/bin/sh', args: ['-c', SCRIPT, file, ...args] };
  return { file: '/bin/sh', args: ['-c', SCRIPT_WITH_NICENESS, 'sh', String(niceness), file, ...args] };
}
