/**
 * How much of a busy processor a part of the stack leaves to the others, as a nice value (POSIX: 0 to 19, the higher
 * the less it gets). All parts share the cores of one machine here. When those are full, the answer that a payment
 * waits for comes first, then the stream, which catches up with larger batches, then what nobody waits for. Without
 * this each part got the same share, and a scorer that needs more than that kept its callers waiting for hundreds of
 * milliseconds while the stream had no backlog at all.
 */
export const NICENESS = { request: 0, stream: 10, background: 15 } as const;

/** A script for /bin/sh that sets the niceness $1 and then becomes the program $2 with its arguments. */
export const NICE_SCRIPT =
  // Linux shares a core first between sessions (autogroup), then between the processes of one; elsewhere the file does
  // not exist. For all users but root it takes one change of any session in 100 ms, and several parts start at once.
  'g=/proc/$$/autogroup; t=0; while [ -w $g ] && [ $t -lt 30 ] && ! { echo "$1" >$g; } 2>/dev/null; do t=$((t + 1)); sleep 0.1; done; ' +
  'n=$1; shift; exec nice -n "$n" "$@"';
