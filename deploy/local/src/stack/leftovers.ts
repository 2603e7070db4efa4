import type { Layout } from '../system/layout.js';
import { pollUntil } from '../system/poll.js';
import { isSameProcess } from '../system/process-identity.js';
import { readRunState, removeRunState, type PartRecord, type ProcessMark } from './run-state.js';

const GRACE_MS = 8_000;

/**
 * Ends what a killed supervisor left running and forgets its state. Processes are known by number and start time; a
 * stranger that was given an old number is never touched. Services go first, then the servers they use.
 * @returns the names of the parts that were still alive.
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

/** Asks a process to end, kills its group if it has not within `graceMs`, and resolves when it is gone. */
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
    // It ended between the look and the signal, which is what was wanted.
  }
}
