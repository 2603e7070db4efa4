import type { RetrainingRequested } from '@fraudflow/contracts';
import { unavailable } from '@fraudflow/core';
import type { BatchContext, DecodedRecord } from '@fraudflow/messaging';
import { hasEnded } from '../jobs/training-job.js';
import type { TrainingJobs } from '../jobs/training-jobs.service.js';

const HEARTBEAT_MS = 1_000;

/**
 * Trains when somebody asks for it. The offset is committed when the training has ended, so a request that was cut off by a crash
 * is taken up again; the request id keeps a repeat from making a second version. A request for another model is not ours.
 */
export class RetrainingRequestedConsumer {
  constructor(
    private readonly jobs: TrainingJobs,
    private readonly modelName: string,
  ) {}

  async handle(records: readonly DecodedRecord<RetrainingRequested>[], context: BatchContext): Promise<void> {
    for (const { value } of records) {
      if (value.model_name === this.modelName) await this.train(value, context);
    }
  }

  private async train(request: RetrainingRequested, context: BatchContext): Promise<void> {
    const { job, done } = this.jobs.start({
      requestId: request.request_id,
      modelName: request.model_name,
      reason: `${request.reason} (asked by ${request.requested_by})`,
      ...(request.data_until === undefined ? {} : { dataUntilMs: Date.parse(request.data_until) }),
    });
    let ended = hasEnded(job);
    while (!ended) {
      ended = await Promise.race([done.then(() => true), pause(HEARTBEAT_MS)]);
      await context.heartbeat();
      if (!ended && context.signal.aborted)
        throw unavailable('the training goes on at the next owner of this partition');
    }
  }
}

function pause(ms: number): Promise<false> {
  return new Promise((resolve) => setTimeout(() => resolve(false), ms));
}
