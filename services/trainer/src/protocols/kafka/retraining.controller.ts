import type { RetrainingRequested } from '@fraudflow/contracts';
import type { BatchContext, DecodedRecord } from '@fraudflow/messaging';
import { StreamHandler } from '@fraudflow/service';
import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { streams } from '../../streams.js';
import { RetrainingRequestedConsumer } from '../../triggers/retraining-requested.consumer.js';

/** Kafka to the trainer: batches of `retraining.requested`. */
@Controller()
export class RetrainingController {
  constructor(private readonly retrainingRequested: RetrainingRequestedConsumer) {}

  @StreamHandler(streams.consume.retraining)
  requests(
    @Payload() records: readonly DecodedRecord<RetrainingRequested>[],
    @Ctx() batch: BatchContext,
  ): Promise<void> {
    return this.retrainingRequested.handle(records, batch);
  }
}
