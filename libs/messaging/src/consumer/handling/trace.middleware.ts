import { withTrace } from '@fraudflow/observability';
import type { Middleware } from './batch-handler.js';

/** Runs the batch in the trace of its first record. Outputs made from a record carry that record's own context. */
export const traced: Middleware = (next) => (records, context) =>
  withTrace(records[0]?.traceparent, () => next(records, context));
