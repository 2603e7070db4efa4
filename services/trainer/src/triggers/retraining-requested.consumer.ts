import type { RetrainingRequested } from '@fraudflow/contracts';
import { delay, unavailable } from '@fraudflow/core';
import type { BatchContext, DecodedRecord } from '@fraudflow/messaging';
import type { TrainingEnd, TrainingJobs } from '../jobs/training-jobs.service.js';
import type { ModelStore } from '../models/model-store.port.js';

const HEARTBEAT_MS = 1_000;
/** Asked for by a person, who waits for the answer to that very question. */
const ASKED_BY_HAND: ReadonlySet<RetrainingRequested['reason']> = new Set(['manual', 'initial']);

/**
 * Trains when somebody asks for it. The offset is committed when the end of the training has been announced, so a
 * request that was cut off by a crash or a restart is taken up again; the request id keeps a repeat from making a
 * second version. Requests that came in while a training ran ask for the same thing with ever newer data: the newest is
 * answered and the others are told so, or a slow trainer would go on learning from a past that the stream has long left
 * behind. A request for another model is not ours.
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
      if (request === newest || (await this.mustBeAnswered(request))) await this.train(request, context);
      else if (!(await this.jobs.supersede(request.request_id, request.reason, newest?.request_id ?? ''))) {
        throw unavailable(`request ${request.request_id} could not be announced as cancelled`);
      }
    }
  }

  /** Also one whose version is in the registry already: a crash cut it off before its promotion or its announcement. */
  private async mustBeAnswered({ request_id: id, reason }: RetrainingRequested): Promise<boolean> {
    return ASKED_BY_HAND.has(reason) || (await this.store.findByRequest(this.modelName, id)) !== undefined;
  }

  private async train(request: RetrainingRequested, context: BatchContext): Promise<void> {
    const { done } = this.jobs.start({
      requestId: request.request_id,
      modelName: request.model_name,
      reason: `${request.reason} (asked by ${request.requested_by})`,
      ...(request.data_until === undefined ? {} : { dataUntilMs: Date.parse(request.data_until) }),
    });
    let end: TrainingEnd | undefined;
    while (end === undefined) {
      end = await Promise.race([done, delay(HEARTBEAT_MS, context.signal).then(() => undefined)]);
      // The offset is not committed, so the next owner of the partition processes the same request id.
      if (end === undefined && context.signal.aborted)
        throw unavailable('the training goes on at the next owner of this partition');
      await context.heartbeat();
    }
    if (!end.isAnnounced) throw unavailable(`the training of request ${request.request_id} was interrupted`);
  }
}
