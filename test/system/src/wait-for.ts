import { setTimeout as pause } from 'node:timers/promises';

/** Polls, after a pause of `everyMs` each, until the condition holds. @throws after `timeoutMs`, with what was last seen. */
export async function waitFor<T>(
  what: string,
  look: () => Promise<T>,
  holds: (seen: T) => boolean,
  timeoutMs: number,
  everyMs = 100,
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  while (true) {
    const seen = await look();
    if (holds(seen)) return seen;
    if (performance.now() > deadline)
      throw new Error(`${what} did not happen in ${timeoutMs} ms; last seen: ${JSON.stringify(seen)}`);
    await pause(everyMs);
  }
}
