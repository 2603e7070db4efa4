import { ingestionV1 } from '@fraudflow/contracts';
import type { GrpcServer, RequestLimits } from '@fraudflow/rpc';
import type { IntakeResult, IntakeService } from '../../intake/intake.service.js';

/** Largest gRPC request, the same as over REST, bytes. */
const MAX_CALL_BYTES = 8 * 1024 * 1024;
/** Space for the objects around the items of a call of the largest size. */
const ITEM_OBJECTS_BYTES = 512 * 1024;

export const INTAKE_LIMITS: RequestLimits = {
  messageBytes: MAX_CALL_BYTES,
  decodedBytes: MAX_CALL_BYTES + ITEM_OBJECTS_BYTES,
};

/** gRPC for producers without Kafka. A call's deadline bounds its wait for the log. */
export class IngestionController {
  constructor(private readonly intake: IntakeService) {}

  register(server: GrpcServer): void {
    const ingestTransactions = server.unary(
      'IngestTransactions',
      async ({ transactions }: ingestionV1.IngestTransactionsRequest, call) =>
        toWire(await this.intake.transactions(transactions, millisecondsTo(call.getDeadline()))),
    );
    const ingestLabels = server.unary('IngestLabels', async ({ labels }: ingestionV1.IngestLabelsRequest, call) =>
      toWire(await this.intake.labels(labels, millisecondsTo(call.getDeadline()))),
    );
    const limits = { ingestTransactions: INTAKE_LIMITS, ingestLabels: INTAKE_LIMITS };
    server.add(ingestionV1.IngestionServiceService, { ingestTransactions, ingestLabels }, limits);
  }
}

/** Infinity for a call without a deadline. */
function millisecondsTo(deadline: Date | number): number {
  return Number(deadline) - Date.now();
}

function toWire({ accepted, rejections }: IntakeResult): ingestionV1.IngestTransactionsResponse {
  return { accepted, rejections: rejections.map((rejection) => ({ ...rejection })) };
}
