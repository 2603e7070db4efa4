import { type LoadJob, type LoadReport, runLoad } from './load.js';

/** Messages of the driver's process, in this order. */
export type LoadMessage =
  | { readonly kind: 'phase'; readonly phase: 'begin' | 'end' }
  | { readonly kind: 'report'; readonly report: LoadReport }
  | { readonly kind: 'failed'; readonly reason: string };

const send = (message: LoadMessage): void => void process.send?.(message);

// A separate process, so that the driver neither delays the server nor adds to its CPU time.
process.on('message', (job: LoadJob) => {
  runLoad(job, (phase) => send({ kind: 'phase', phase })).then(
    (report) => send({ kind: 'report', report }),
    (thrown: unknown) => send({ kind: 'failed', reason: String(thrown) }),
  );
});
// The bench handles signals to the process group. If the driver ended first, the bench would report that as the
// failure.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => undefined);
process.on('disconnect', () => process.exit(0));
