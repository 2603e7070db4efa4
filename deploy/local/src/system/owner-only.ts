/** The program ($0 with its arguments) in the shell's own process, so that its process id is the one that was started. */
const SCRIPT = 'umask 077; exec "$0" "$@"';

/** A command line that runs a program so that the files it makes are readable by their owner alone. */
export function ownerOnly(file: string, args: readonly string[]): { readonly file: string; readonly args: string[] } {
  return { file: '/bin/sh', args: ['-c', SCRIPT, file, ...args] };
}
