import { delay, failedPrecondition, timedOut } from '@fraudflow/core';
import type { StackHandle } from '@fraudflow/local';
import type { LogReader } from '../../export/topic-reader.js';
import type { TopicWriter } from '../../replay/topic-writer.js';
import type { DemoOptions } from './demo-options.js';
import type { Observer } from './observer.js';
import type { TrafficSource } from '../traffic/traffic-source.js';
import type { DemoView } from '../view/demo-view.js';
import type { PhaseBoard } from '../view/phase-board.js';

/** What the phases of one demo share. */
export interface DemoContext {
  readonly options: DemoOptions;
  readonly stack: StackHandle;
  readonly log: LogReader;
  readonly writer: TopicWriter;
  readonly source: TrafficSource;
  readonly observer: Observer;
  readonly board: PhaseBoard;
  readonly view: DemoView;
  /** Aborts when the person wants it to end. */
  readonly signal: AbortSignal;
}

/** The person ended the demo. */
export class DemoInterrupted extends Error {
  constructor() {
    super('interrupted');
  }
}

export interface Waiting {
  readonly what: string;
  readonly limitMs: number;
  /** Asked at each look: true keeps the waiting up beyond its limit. */
  readonly mayGoOn?: () => boolean;
  /** Called at each look. */
  readonly onLook?: () => void;
}

const LOOK_EVERY_MS = 100;

/**
 * Waits until something is so.
 * @throws AppError timeout naming what was waited for; DemoInterrupted; what the observer failed with.
 */
export async function waitUntil(context: DemoContext, isSo: () => boolean, waiting: Waiting): Promise<void> {
  const startedAtMs = performance.now();
  while (!isSo()) {
    checkAlive(context);
    waiting.onLook?.();
    const goesOn = waiting.mayGoOn?.() ?? false;
    const waitedMs = performance.now() - startedAtMs;
    if (waitedMs > waiting.limitMs && !goesOn) {
      throw timedOut(`${waiting.what} did not happen within ${Math.round(waitedMs / 1_000)} s`);
    }
    await delay(LOOK_EVERY_MS, context.signal);
  }
}

/** @throws DemoInterrupted or AppError if going on makes no sense. */
export function checkAlive({ signal, observer }: DemoContext): void {
  if (signal.aborted) throw new DemoInterrupted();
  if (observer.failure === undefined) return;
  throw failedPrecondition(`the system cannot be observed: ${observer.failure.message}`, { cause: observer.failure });
}
