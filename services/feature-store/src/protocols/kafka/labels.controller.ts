import type { ValidatedLabel } from '@fraudflow/contracts';
import type { DecodedRecord } from '@fraudflow/messaging';
import { StreamHandler } from '@fraudflow/service';
import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { LabelRouter } from '../../stream/label-router.js';
import { streams } from '../../streams.js';

/** Kafka to the feature store: batches of validated labels. */
@Controller()
export class LabelsController {
  constructor(private readonly router: LabelRouter) {}

  @StreamHandler(streams.consume.labels)
  labels(@Payload() records: readonly DecodedRecord<ValidatedLabel>[]): Promise<void> {
    return this.router.handle(records);
  }
}
