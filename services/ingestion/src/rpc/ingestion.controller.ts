import { ingestionV1 } from '@fraudflow/contracts';
import type { GrpcServer } from '@fraudflow/rpc';
import type { IntakeResult, IntakeService } from '../intake/intake.service.js';

/** gRPC for producers without Kafka. A call's deadline bounds its wait for the log. */
export class IngestionController {
  constructor(private readonly intake: IntakeService) {}

  register(server: GrpcServer): void {
    server.add(ingestionV1.IngestionServiceService, {
      ingestTransactions: server.unary(
        'IngestTransactions',
        async ({ transactions }: ingestionV1.IngestTransactionsRequest, call) =>
          toWire(await this.intake.transactions(transactions, millisecondsTo(call.getDeadline()))),
      ),
      ingestLabels: server.unary('IngestLabels', async ({ labels }: ingestionV1.IngestLabelsRequest, call) =>
        toWire(await this.intake.labels(labels, millisecondsTo(call.getDeadline()))),
      ),
    });
  }
}

/** Infinity for a call without a deadline. */
function millisecondsTo(deadline: Date | number): number {
  return Number(deadline) - Date.now();
}

function toWire({ accepted, rejections }: IntakeResult): ingestionV1.IngestTransactionsResponse {
  return { accepted, rejections: rejections.map((rejection) => ({ ...rejection })) };
}
