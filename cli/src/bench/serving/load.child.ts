import { type LoadJob, type LoadReport, runLoad } from './load.js';

/** Messages of the driver's process, in this order. */
export type LoadMessage =
  | { readonly kind: 'phase'; readonly phase: 'begin' | 'end' }
  | { readonly kind: 'report'; readonly report: LoadReport }
  | { readonly kind: 'failed'; readonly reason: string };

const send = (message: LoadMessage): void => void process.send?.(message);

// A process of its own, so that the driver's work neither delays the server's answers nor counts as its processor time.
process.on('message', (job: LoadJob) => {
  runLoad(job, (phase) => send({ kind: 'phase', phase })).then(
    (report) => send({ kind: 'report', report }),
    (thrown: unknown) => send({ kind: 'failed', reason: String(thrown) }),
  );
});
// A signal to the whole group is for the bench to answer: if the driver went first, the bench would take that for the
// failure.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => undefined);
process.on('disconnect', () => process.exit(0));
