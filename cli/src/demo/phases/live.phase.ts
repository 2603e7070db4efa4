import { type DemoContext, waitUntil } from '../context/demo-context.js';
import type { LiveTraffic } from '../context/live-traffic.js';

/** (c) Days without drift at the chosen rate, with labels a week late and concurrent Predict calls. */
export async function livePhase(context: DemoContext, traffic: LiveTraffic): Promise<void> {
  const { board, observer, options } = context;
  board.begin('live');
  await observer.scores.begin();
  traffic.start();
  await waitUntil(context, () => traffic.days > options.calmDays, {
    what: 'the end of the calm days',
    limitMs: options.patienceMs,
    onPoll: () =>
      board.progress((traffic.days - 1) / options.calmDays, `day ${Math.max(0, traffic.days)} of ${options.calmDays}`),
  });
  board.progress(1, `${options.calmDays} days`);
}
