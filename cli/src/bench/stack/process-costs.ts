import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { promisify } from 'node:util';
import type { StackHandle } from '@fraudflow/local';

// Linux counts processor time in ticks of 1/100 s for every program, whatever its kernel does inside.
const TICK_US = 10_000;
// Fields of /proc/<pid>/stat behind the command's name: parent, own and waited-for children's user and system time.
const PARENT = 1;
const TIMES = [11, 12, 13, 14];

/** Processor time in µs of each part of a stack, with all its processes. */
export type CpuTimes = ReadonlyMap<string, number>;

/**
 * Processor time of the parts' processes until now, that of parts of one name together; empty where the system does not
 * report it in /proc.
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

/** Processor time in µs of a process and its living and ended descendants; NaN where /proc does not report it. */
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

/** Processor time in µs of everything on this machine, over all cores. */
export function machineCpuUs(): number {
  return cpus().reduce((sum, { times }) => sum + (times.user + times.nice + times.sys + times.irq) * 1_000, 0);
}

/**
 * Binds a process, its children and all their threads to one core. False where that is not possible: then it runs where
 * it likes.
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
 * Lets a process, its children and all their threads run only where nobody else wants to. False where that is not
 * possible.
 */
export async function giveWay(pid: number): Promise<boolean> {
  const idle = (member: number) => promisify(execFile)('chrt', ['-a', '-i', '-p', '0', String(member)]);
  try {
    await Promise.all(familyOf(pid, processTable()).map(idle));
    return true;
  } catch {
    return false;
  }
}

/**
 * How long the main thread of a process stood ready while its core did something else, ms; NaN where the system does
 * not report it.
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
    // The name stands in brackets and may hold anything.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const ticks = TIMES.reduce((sum, field) => sum + Number(fields[field]), 0);
    return { parent: Number(fields[PARENT]), cpuUs: ticks * TICK_US };
  } catch {
    // It ended between the listing and the look.
    return undefined;
  }
}
