import type { Label, ValidatedTransaction } from '@fraudflow/contracts';
import type { BatchContext, DecodedRecord } from '@fraudflow/messaging';
import { StreamHandler } from '@fraudflow/service';
import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { LabelReceivedConsumer } from '../../stream/label-received.consumer.js';
import { TransactionReceivedConsumer } from '../../stream/transaction-received.consumer.js';
import { streams } from '../../streams.js';

/** Kafka to ingestion: batches of the two input topics. */
@Controller()
export class InputController {
  constructor(
    private readonly transactionsReceived: TransactionReceivedConsumer,
    private readonly labelsReceived: LabelReceivedConsumer,
  ) {}

  @StreamHandler(streams.consume.transactions)
  transactions(@Payload() records: readonly DecodedRecord<ValidatedTransaction>[]): Promise<void> {
    return this.transactionsReceived.handle(records);
  }

  @StreamHandler(streams.consume.labels)
  labels(@Payload() records: readonly DecodedRecord<Label>[], @Ctx() batch: BatchContext): Promise<void> {
    return this.labelsReceived.handle(records, batch);
  }
}
