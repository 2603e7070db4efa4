import { NICE_SCRIPT } from './niceness.js';

/** The program in the shell's own process, so that its process id is the one that was started. */
const SCRIPT = 'umask 077; exec "$0" "$@"';
const SCRIPT_WITH_NICENESS = `umask 077; ${NICE_SCRIPT}`;

/**
 * A command line that runs a program so that the files it makes are readable by their owner alone.
 * @param niceness see NICENESS; 0 leaves the program the priority of its parent
 */
export function ownerOnly(
  file: string,
  args: readonly string[],
  niceness = 0,
): { readonly file: string; readonly args: string[] } {
  if (niceness === 0) return { file: '/bin/sh', args: ['-c', SCRIPT, file, ...args] };
  return { file: '/bin/sh', args: ['-c', SCRIPT_WITH_NICENESS, 'sh', String(niceness), file, ...args] };
}
