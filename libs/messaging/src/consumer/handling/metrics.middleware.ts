import type { Middleware } from './batch-handler.js';
import type { MessagingMetrics } from './messaging-metrics.js';

/** Counts records and times batches. */
export function measured(metrics: MessagingMetrics): Middleware {
  return (next) => async (records, context) => {
    const labels = { topic: context.topic, group: context.groupId };
    const stop = metrics.batchSeconds.startTimer(labels);
    await next(records, context);
    stop();
    metrics.records.inc(labels, records.length);
  };
}
