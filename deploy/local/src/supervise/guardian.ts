import { spawn, type ChildProcess } from 'node:child_process';

/**
 * Holds the list of our children and ends them when its standard input closes, which the kernel does for us however the
 * supervisor dies. Each is asked by its own signal first and killed, with its group, if it lives 8 s later.
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

/** A tiny shell that outlives the supervisor, so that even a `kill -9` of it leaves no orphans. */
export class Guardian {
  private readonly shell: ChildProcess;

  constructor() {
    this.shell = spawn('/bin/sh', ['-c', SCRIPT], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
    // If the shell cannot start or was killed, the state file still lets the next `up` or `down` clear up.
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

  /** Lets the shell go; it ends whatever is still on its list. */
  close(): void {
    this.shell.stdin?.end();
  }
}
