import type { Layout } from '../system/layout.js';
import { pollUntil } from '../system/poll.js';
import { isSameProcess } from '../system/process-identity.js';
import { readRunState, removeRunState, type PartRecord, type ProcessMark } from './run-state.js';

const GRACE_MS = 8_000;

/**
 * Ends the processes that a killed supervisor left, and removes its state. Processes are identified by number and start
 * time, so another process with the same number is never ended. Services end first, then the servers they use.
 * @returns the names of the parts that were still running
 */
export async function endLeftovers(layout: Layout): Promise<readonly string[]> {
  const alive = (readRunState(layout)?.parts ?? []).filter(isAlive);
  for (const kind of ['service', 'embedded']) {
    await Promise.all(alive.filter((part) => part.kind === kind).map(end));
  }
  removeRunState(layout);
  return alive.map(({ name }) => name);
}

async function end(part: PartRecord): Promise<void> {
  const mark = part.process;
  if (!mark) return;
  await endProcess(mark, part.stopSignal, GRACE_MS);
}

/** Signals a process to end and kills its group after `graceMs`. Resolves when the process has ended. */
export async function endProcess(mark: ProcessMark, signal: NodeJS.Signals, graceMs: number): Promise<void> {
  const isGone = (): boolean => !isSameProcess(mark.pid, mark.identity);
  if (isGone()) return;
  send(mark.pid, signal);
  send(mark.pid, 'SIGCONT');
  if (await pollUntil(isGone, { everyMs: 50, timeoutMs: graceMs })) return;
  send(-mark.pid, 'SIGKILL');
  send(mark.pid, 'SIGKILL');
  await pollUntil(isGone, { everyMs: 50, timeoutMs: graceMs });
}

function isAlive({ process: mark }: PartRecord): boolean {
  return mark !== undefined && isSameProcess(mark.pid, mark.identity);
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // The process ended between the check and the signal.
  }
}
