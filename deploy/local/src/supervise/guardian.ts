import { spawn, type ChildProcess } from 'node:child_process';

/**
 * Keeps the list of child processes and ends them when its standard input closes, which happens for any end of the
 * supervisor. Each process gets its own stop signal; after 8 s its group is killed.
 */
const SCRIPT = `
trap '' INT TERM HUP
list=
while read -r verb pid signal; do
  case $verb in
    add) list="$pid:$signal $list" ;;
    del) kept=; for item in $list; do [ "\${item%%:*}" = "$pid" ] || kept="$kept $item"; done; list=$kept ;;
  esac
done
for item in $list; do kill -s "\${item##*:}" "\${item%%:*}" 2>/dev/null; done
tries=0
while [ $tries -lt 40 ]; do
  alive=
  for item in $list; do kill -0 "\${item%%:*}" 2>/dev/null && alive=1; done
  [ -z "$alive" ] && exit 0
  sleep 0.2; tries=$((tries + 1))
done
for item in $list; do kill -s KILL -- "-\${item%%:*}" 2>/dev/null; done
`;

/** A shell process that outlives the supervisor, so that even a `kill -9` of the supervisor leaves no orphans. */
export class Guardian {
  private readonly shell: ChildProcess;

  constructor() {
    this.shell = spawn('/bin/sh', ['-c', SCRIPT], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
    // If the shell cannot start or was killed, the next `up` or `down` cleans up by the state file.
    this.shell.on('error', () => undefined);
    this.shell.stdin?.on('error', () => undefined);
    this.shell.unref();
  }

  watch(pid: number, stopSignal: NodeJS.Signals): void {
    this.shell.stdin?.write(`add ${pid} ${stopSignal.replace(/^SIG/, '')}\n`);
  }

  forget(pid: number): void {
    this.shell.stdin?.write(`del ${pid}\n`);
  }

  /** Closes the shell's input; it ends the processes that are still in its list. */
  close(): void {
    this.shell.stdin?.end();
  }
}
