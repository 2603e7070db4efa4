import { AsyncLocalStorage } from 'node:async_hooks';
import { randomBytes } from 'node:crypto';

/** W3C trace context: `00-<trace id>-<span id>-<flags>`. Source: https://www.w3.org/TR/trace-context/. */
export type Traceparent = string;

const PATTERN = /^00-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}$/;
const current = new AsyncLocalStorage<Traceparent>();

/** A new root context, sampled. */
export function newTraceparent(): Traceparent {
  const bytes = randomBytes(24).toString('hex');
  return `00-${bytes.slice(0, 32)}-${bytes.slice(32)}-01`;
}

/** The trace id, or undefined if the text is not a valid traceparent. */
export function traceIdOf(traceparent: string | undefined): string | undefined {
  return traceparent === undefined ? undefined : PATTERN.exec(traceparent)?.[1];
}

/**
 * Runs work within a trace context: its calls and records carry that trace. An invalid or missing one starts a new
 * trace.
 */
export function withTrace<T>(traceparent: Traceparent | undefined, work: () => T): T {
  return current.run(traceIdOf(traceparent) ? (traceparent as Traceparent) : newTraceparent(), work);
}

/** Runs work without a trace context: for timers and batches that one call starts but several calls share. */
export function withoutTrace<T>(work: () => T): T {
  return current.exit(work);
}

/** The current trace context, or undefined outside of one. */
export function currentTraceparent(): Traceparent | undefined {
  return current.getStore();
}
