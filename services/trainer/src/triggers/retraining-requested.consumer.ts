import type { RetrainingRequested } from '@fraudflow/contracts';
import { delay, unavailable } from '@fraudflow/core';
import type { BatchContext, DecodedRecord } from '@fraudflow/messaging';
import type { TrainingEnd, TrainingJobs } from '../jobs/training-jobs.service.js';
import type { ModelStore } from '../models/model-store.port.js';

const HEARTBEAT_MS = 1_000;
/** Reasons of requests made by a person, who waits for the result of that request. */
const MANUAL_REASONS: ReadonlySet<RetrainingRequested['reason']> = new Set(['manual', 'initial']);

/**
 * Starts a training for each request of the topic. The offset is committed after the end of the training has been
 * announced, so a request that a crash or a restart interrupted is processed again. Its request id prevents a second
 * version. Of the requests that arrive during a training only the newest is trained, because it covers the newest data;
 * the others are announced as cancelled. Otherwise a slow trainer would train on ever older data. Requests for other
 * models are ignored.
 */
export class RetrainingRequestedConsumer {
  constructor(
    private readonly jobs: TrainingJobs,
    private readonly modelName: string,
    private readonly store: Pick<ModelStore, 'findByRequest'>,
  ) {}

  async handle(records: readonly DecodedRecord<RetrainingRequested>[], context: BatchContext): Promise<void> {
    const requests = records.map(({ value }) => value).filter(({ model_name: name }) => name === this.modelName);
    const newest = requests.at(-1);
    for (const request of requests) {
      if (request === newest || (await this.mustBeTrained(request))) await this.train(request, context);
      else if (!(await this.jobs.supersede(request.request_id, request.reason, newest?.request_id ?? ''))) {
        throw unavailable(`request ${request.request_id} could not be announced as cancelled`);
      }
    }
  }

  /** Also true if the version is already stored, because a crash preceded its promotion or its announcement. */
  private async mustBeTrained({ request_id: id, reason }: RetrainingRequested): Promise<boolean> {
    return MANUAL_REASONS.has(reason) || (await this.store.findByRequest(this.modelName, id)) !== undefined;
  }

  private async train(request: RetrainingRequested, context: BatchContext): Promise<void> {
    const { done } = this.jobs.start({
      requestId: request.request_id,
      modelName: request.model_name,
      reason: `${request.reason} (requested by ${request.requested_by})`,
      ...(request.data_until === undefined ? {} : { dataUntilMs: Date.parse(request.data_until) }),
    });
    let end: TrainingEnd | undefined;
    while (end === undefined) {
      end = await Promise.race([done, delay(HEARTBEAT_MS, context.signal).then(() => undefined)]);
      // The offset is not committed, so the next owner of the partition processes the same request id.
      if (end === undefined && context.signal.aborted)
        throw unavailable('the next owner of this partition continues the training');
      await context.heartbeat();
    }
    if (!end.isAnnounced) throw unavailable(`the training of request ${request.request_id} was interrupted`);
  }
}
