import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { promisify } from 'node:util';
import type { StackHandle } from '@fraudflow/local';

// Linux reports CPU time in ticks of 1/100 s.
const TICK_US = 10_000;
// Fields of /proc/<pid>/stat after the command's name: parent; user and system time of the process and of children it
// has waited for.
const PARENT = 1;
const TIMES = [11, 12, 13, 14];

/** CPU time of each part of a stack with all its processes, µs. */
export type CpuTimes = ReadonlyMap<string, number>;

/**
 * CPU time of the parts' processes until now, summed over parts of the same name; empty where the system has no /proc.
 */
export function cpuTimes(stacks: readonly Pick<StackHandle, 'parts'>[]): CpuTimes {
  const processes = processTable();
  const times = new Map<string, number>();
  for (const { name, process: mark } of stacks.flatMap((stack) => stack.parts())) {
    if (mark === undefined || !processes.has(mark.pid)) continue;
    times.set(name, (times.get(name) ?? 0) + cpuUsOf(mark.pid, processes));
  }
  return times;
}

/** CPU time of a process and its running and ended descendants, µs; NaN where /proc does not report it. */
export function cpuUsOf(pid: number, processes = processTable()): number {
  if (!processes.has(pid)) return Number.NaN;
  return familyOf(pid, processes).reduce((sum, member) => sum + (processes.get(member)?.cpuUs ?? 0), 0);
}

/** Figures `cpu_<part>`: µs per item. */
export function cpuFigures(before: CpuTimes, after: CpuTimes, items: number, prefix = 'cpu') {
  const entries = [...after].map(([name, us]) => {
    const value = (us - (before.get(name) ?? Number.NaN)) / items;
    return [`${prefix}_${name}`, { value, unit: 'µs' }] as const;
  });
  return Object.fromEntries(entries);
}

/** CPU time of all processes of this machine, over all cores, µs. */
export function machineCpuUs(): number {
  return cpus().reduce((sum, { times }) => sum + (times.user + times.nice + times.sys + times.irq) * 1_000, 0);
}

/**
 * Binds a process, its children and all their threads to one core. @returns false where that is not possible
 */
export async function pinTo(core: number, pid: number): Promise<boolean> {
  const bind = (member: number) => promisify(execFile)('taskset', ['-a', '-c', '-p', String(core), String(member)]);
  try {
    await Promise.all(familyOf(pid, processTable()).map(bind));
    return true;
  } catch {
    return false;
  }
}

/**
 * Gives a process, its children and all their threads idle priority. @returns false where that is not possible
 */
export async function setIdlePriority(pid: number): Promise<boolean> {
  const idle = (member: number) => promisify(execFile)('chrt', ['-a', '-i', '-p', '0', String(member)]);
  try {
    await Promise.all(familyOf(pid, processTable()).map(idle));
    return true;
  } catch {
    return false;
  }
}

/**
 * Time for which the main thread of a process was runnable while its core ran something else, ms; NaN where the system
 * does not report it.
 */
export function waitedMsOf(pid: number): number {
  try {
    const [, waitedNs] = readFileSync(`/proc/${pid}/task/${pid}/schedstat`, 'latin1').split(' ');
    return Number(waitedNs) / 1e6;
  } catch {
    return Number.NaN;
  }
}

function familyOf(pid: number, processes: ReadonlyMap<number, ProcessTimes>): readonly number[] {
  const family = [pid];
  for (const ancestor of family) {
    for (const [child, { parent }] of processes) if (parent === ancestor) family.push(child);
  }
  return family;
}

interface ProcessTimes {
  readonly parent: number;
  readonly cpuUs: number;
}

function processTable(): ReadonlyMap<number, ProcessTimes> {
  const table = new Map<number, ProcessTimes>();
  if (process.platform !== 'linux') return table;
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const found = timesOf(name);
    if (found !== undefined) table.set(Number(name), found);
  }
  return table;
}

function timesOf(pid: string): ProcessTimes | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The name is in brackets and may contain any character.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const ticks = TIMES.reduce((sum, field) => sum + Number(fields[field]), 0);
    return { parent: Number(fields[PARENT]), cpuUs: ticks * TICK_US };
  } catch {
    // The process has ended since the folder was listed.
    return undefined;
  }
}
