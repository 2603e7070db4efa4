import { delay, failedPrecondition, timedOut } from '@fraudflow/core';
import type { StackHandle } from '@fraudflow/local';
import type { LogReader, TopicWriter, TrafficSource } from '@fraudflow/bench';
import type { DemoOptions } from './demo-options.js';
import type { Observer } from './observer.js';
import type { DemoView } from '../view/demo-view.js';
import type { PhaseBoard } from '../view/phase-board.js';

/** Shared parts of the phases of one demo. */
export interface DemoContext {
  readonly options: DemoOptions;
  readonly stack: StackHandle;
  readonly log: LogReader;
  readonly writer: TopicWriter;
  readonly source: TrafficSource;
  readonly observer: Observer;
  readonly board: PhaseBoard;
  readonly view: DemoView;
  /** Aborts at an interrupt. */
  readonly signal: AbortSignal;
}

/** The demo was interrupted. */
export class DemoInterrupted extends Error {
  constructor() {
    super('interrupted');
  }
}

export interface Waiting {
  readonly what: string;
  readonly limitMs: number;
  /** Called at each poll: true extends the waiting beyond its limit. */
  readonly mayGoOn?: () => boolean;
  /** Called at each poll. */
  readonly onPoll?: () => void;
}

const POLL_INTERVAL_MS = 100;

/**
 * Polls a condition until it holds.
 * @throws AppError timeout that names `waiting.what`; DemoInterrupted; the failure of the observer
 */
export async function waitUntil(context: DemoContext, isSo: () => boolean, waiting: Waiting): Promise<void> {
  const startedAtMs = performance.now();
  while (!isSo()) {
    checkAlive(context);
    waiting.onPoll?.();
    const goesOn = waiting.mayGoOn?.() ?? false;
    const waitedMs = performance.now() - startedAtMs;
    if (waitedMs > waiting.limitMs && !goesOn) {
      throw timedOut(`${waiting.what} did not happen within ${Math.round(waitedMs / 1_000)} s`);
    }
    await delay(POLL_INTERVAL_MS, context.signal);
  }
}

/** @throws DemoInterrupted after an interrupt; AppError failed_precondition if the observer has failed */
export function checkAlive({ signal, observer }: DemoContext): void {
  if (signal.aborted) throw new DemoInterrupted();
  if (observer.failure === undefined) return;
  throw failedPrecondition(`the system cannot be observed: ${observer.failure.message}`, { cause: observer.failure });
}
