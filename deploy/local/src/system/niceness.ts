/**
 * Priorities of the parts of a stack as POSIX nice values (0 to 19; a higher value gets less CPU time). All parts share
 * the cores of one machine. If these are busy, requests go first, because a payment waits for the response; then the
 * stream, which catches up with larger batches; then background work. With equal shares, requests to the scorer waited
 * for hundreds of milliseconds while the stream had no backlog.
 */
export const NICENESS = { request: 0, stream: 10, background: 15 } as const;

/** A script for /bin/sh that sets the niceness $1 and then becomes the program $2 with its arguments. */
export const NICE_SCRIPT =
  // Linux divides a core between sessions first (autogroup), then between the processes of a session; on other systems
  // the file does not exist. Accounts other than root may change one session per 100 ms, and several parts start
  // concurrently.
  'g=/proc/$$/autogroup; t=0; while [ -w $g ] && [ $t -lt 30 ] && ! { echo "$1" >$g; } 2>/dev/null; do t=$((t + 1)); sleep 0.1; done; ' +
  'n=$1; shift; exec nice -n "$n" "$@"';
