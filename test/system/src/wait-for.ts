import { setTimeout as pause } from 'node:timers/promises';

/** Polls every `everyMs` until the condition holds. @throws Error with the last value after `timeoutMs` */
export async function waitFor<T>(
  what: string,
  read: () => Promise<T>,
  holds: (value: T) => boolean,
  timeoutMs: number,
  everyMs = 100,
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  while (true) {
    const value = await read();
    if (holds(value)) return value;
    if (performance.now() > deadline)
      throw new Error(`${what} did not happen in ${timeoutMs} ms; last value: ${JSON.stringify(value)}`);
    await pause(everyMs);
  }
}
