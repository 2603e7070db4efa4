import { ingestionV1 } from '@fraudflow/contracts';
import type { RequestLimits } from '@fraudflow/rpc';
import type { GrpcServiceBinding } from '@fraudflow/service';
import type { ServerUnaryCall } from '@grpc/grpc-js';
import { Controller } from '@nestjs/common';
import { Ctx, GrpcMethod, Payload } from '@nestjs/microservices';
import { type IntakeResult, IntakeService } from '../../intake/intake.service.js';

/** Maximum size of a gRPC request, the same as over REST, bytes. */
const MAX_CALL_BYTES = 8 * 1024 * 1024;
/** Memory for the objects around the items of a call of the maximum size. */
const ITEM_OBJECTS_BYTES = 512 * 1024;

export const INTAKE_LIMITS: RequestLimits = {
  messageBytes: MAX_CALL_BYTES,
  decodedBytes: MAX_CALL_BYTES + ITEM_OBJECTS_BYTES,
};

/** The gRPC service that this controller implements, with its limits. */
export const INGESTION_SERVICE: GrpcServiceBinding = {
  definition: ingestionV1.IngestionServiceService,
  limits: { ingestTransactions: INTAKE_LIMITS, ingestLabels: INTAKE_LIMITS },
};

type Call = Pick<ServerUnaryCall<unknown, unknown>, 'getDeadline'>;

/** gRPC for producers without Kafka. A call's deadline bounds its wait for the log. */
@Controller()
export class IngestionController {
  constructor(private readonly intake: IntakeService) {}

  @GrpcMethod('IngestionService', 'IngestTransactions')
  async ingestTransactions(
    @Payload() { transactions }: ingestionV1.IngestTransactionsRequest,
    @Ctx() call: Call,
  ): Promise<ingestionV1.IngestTransactionsResponse> {
    return toWire(await this.intake.transactions(transactions, millisecondsTo(call.getDeadline())));
  }

  @GrpcMethod('IngestionService', 'IngestLabels')
  async ingestLabels(
    @Payload() { labels }: ingestionV1.IngestLabelsRequest,
    @Ctx() call: Call,
  ): Promise<ingestionV1.IngestLabelsResponse> {
    return toWire(await this.intake.labels(labels, millisecondsTo(call.getDeadline())));
  }
}

/** Infinity for a call without a deadline. */
function millisecondsTo(deadline: Date | number): number {
  return Number(deadline) - Date.now();
}

function toWire({ accepted, rejections }: IntakeResult): ingestionV1.IngestTransactionsResponse {
  return { accepted, rejections: rejections.map((rejection) => ({ ...rejection })) };
}
