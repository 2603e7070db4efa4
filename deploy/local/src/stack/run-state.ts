import { readFileSync, rmSync } from 'node:fs';
import type { PartKind } from '../supervise/part.js';
import type { PartState } from '../supervise/supervised-part.js';
import { writeFileAtomically } from '../system/atomic-file.js';
import type { Layout } from '../system/layout.js';

/** A process by number and start time, which distinguishes it from a later one with the same number. */
export interface ProcessMark {
  readonly pid: number;
  readonly identity: string;
}

export interface PartRecord {
  readonly name: string;
  readonly kind: PartKind;
  readonly state: PartState;
  /** Absent while the part waits for its restart. */
  readonly process?: ProcessMark;
  readonly ports: Readonly<Record<string, number>>;
  /** Without any secret. */
  readonly address: string;
  readonly stopSignal: NodeJS.Signals;
  readonly logFile: string;
  readonly startedAtMs: number;
  readonly restarts: number;
}

/** The running parts, as stored on disk for `status`, `down` and the cleanup after a crash of the supervisor. */
export interface RunState {
  readonly supervisor: ProcessMark;
  readonly startedAtMs: number;
  /** True once every part has been ready. */
  readonly isReady: boolean;
  /** Addresses of servers that run elsewhere, without their passwords. */
  readonly external: Readonly<Record<string, string>>;
  readonly parts: readonly PartRecord[];
}

/** The stored state; undefined if there is none or a crash left it incomplete. */
export function readRunState(layout: Layout): RunState | undefined {
  return readJson(layout.state) as RunState | undefined;
}

export function writeRunState(layout: Layout, state: RunState): void {
  writeFileAtomically(layout.state, `${JSON.stringify(state, undefined, 2)}\n`);
}

export function removeRunState(layout: Layout): void {
  rmSync(layout.state, { force: true });
}

/** Parses a JSON file of the data folder; undefined if it is absent or unreadable. */
export function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}
