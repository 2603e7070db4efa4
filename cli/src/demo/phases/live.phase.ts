import { type DemoContext, waitUntil } from '../context/demo-context.js';
import type { LiveTraffic } from '../context/live-traffic.js';

/** (c) Calm days at the chosen rate, with labels a week late and gRPC clients beside them. */
export async function livePhase(context: DemoContext, traffic: LiveTraffic): Promise<void> {
  const { board, observer, options } = context;
  board.begin('live');
  await observer.scores.begin();
  traffic.start();
  await waitUntil(context, () => traffic.days > options.calmDays, {
    what: 'the end of the calm days',
    limitMs: options.patienceMs,
    onLook: () =>
      board.progress((traffic.days - 1) / options.calmDays, `day ${Math.max(0, traffic.days)} of ${options.calmDays}`),
  });
  board.progress(1, `${options.calmDays} days`);
}
