import type { Caller, Callers } from './callers.js';

/**
 * Each caller makes its next call when it has the response to the previous one. @returns latencies in ms.
 * @throws AppError unavailable if any call fails
 */
export async function closedLoop(callers: Callers, nextRequest: () => Buffer, ms: number): Promise<readonly number[]> {
  const latencies: number[] = [];
  const until = performance.now() + ms;
  const loop = async (call: Caller): Promise<void> => {
    for (let at = performance.now(); at < until;) {
      await call(nextRequest());
      const now = performance.now();
      latencies.push(now - at);
      at = now;
    }
  };
  await Promise.all(callers.all.map(loop));
  return latencies;
}
