import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

const KIB_PER_MIB = 1_024;

/**
 * Resident memory of a process with its descendants, in MiB; 0 if it has ended. Shared pages, such as the buffers of
 * Postgres, count once on Linux; on other systems they count for each process.
 */
export function memoryMbOf(pid: number): number {
  const family = withDescendants(pid);
  const kib = family.length === 1 ? residentKib(pid) : sum(family.map(proportionalKib));
  return Math.round(kib / KIB_PER_MIB);
}

function withDescendants(pid: number): readonly number[] {
  const parents = parentTable();
  const family = [pid];
  for (const ancestor of family) {
    for (const [child, parent] of parents) if (parent === ancestor) family.push(child);
  }
  return family;
}

function parentTable(): ReadonlyMap<number, number> {
  const text = process.platform === 'linux' ? linuxParents() : run('ps', ['-A', '-o', 'pid=,ppid=']);
  const rows = text.trim().split('\n');
  return new Map(rows.map((row) => row.trim().split(/\s+/).map(Number) as [number, number]));
}

function linuxParents(): string {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.map((pid) => `${pid} ${field(pid, 'status', 'PPid') ?? -1}`).join('\n');
}

function residentKib(pid: number): number {
  if (process.platform === 'linux') return field(pid, 'status', 'VmRSS') ?? 0;
  return Number(run('ps', ['-o', 'rss=', '-p', String(pid)]).trim()) || 0;
}

function proportionalKib(pid: number): number {
  if (process.platform !== 'linux') return residentKib(pid);
  return field(pid, 'smaps_rollup', 'Pss') ?? residentKib(pid);
}

function field(pid: number | string, file: string, name: string): number | undefined {
  try {
    const match = new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(readFileSync(`/proc/${pid}/${file}`, 'utf8'));
    return match ? Number(match[1]) : undefined;
  } catch {
    return undefined;
  }
}

function run(command: string, args: readonly string[]): string {
  try {
    return execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  } catch {
    return '';
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
