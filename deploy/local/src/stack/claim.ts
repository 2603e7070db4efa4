import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { conflict, defined } from '@fraudflow/core';
import type { Layout } from '../system/layout.js';
import { isSameProcess, processIdentity } from '../system/process-identity.js';
import { readJson, type ProcessMark } from './run-state.js';

/**
 * Makes this process the only supervisor of a data folder.
 * @throws AppError conflict if another supervisor runs
 */
export function claimDataDir(layout: Layout): ProcessMark {
  const mine: ProcessMark = { pid: process.pid, identity: defined(processIdentity(process.pid), 'own start time') };
  const holder = livingSupervisor(layout);
  if (holder) throw alreadyRunning(layout, holder);
  rmSync(layout.claim, { force: true });
  try {
    writeFileSync(layout.claim, JSON.stringify(mine), { flag: 'wx', mode: 0o600 });
  } catch {
    throw alreadyRunning(layout, livingSupervisor(layout));
  }
  return mine;
}

/** Releases the data folder, unless another supervisor has claimed it. */
export function releaseDataDir(layout: Layout, mine: ProcessMark): void {
  if (readText(layout.claim) === JSON.stringify(mine)) rmSync(layout.claim, { force: true });
}

/** The process that supervises this data folder now, or undefined. */
export function livingSupervisor(layout: Layout): ProcessMark | undefined {
  const holder = readJson(layout.claim) as ProcessMark | undefined;
  return holder && isSameProcess(holder.pid, holder.identity) ? holder : undefined;
}

function alreadyRunning(layout: Layout, holder: ProcessMark | undefined): Error {
  const who = holder ? ` (process ${holder.pid})` : '';
  return conflict(`a stack is already running on ${layout.root}${who}; stop it with ./fraudflow down`, {
    code: 'ALREADY_RUNNING',
  });
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
