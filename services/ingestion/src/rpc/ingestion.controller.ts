import { ingestionV1 } from '@fraudflow/contracts';
import type { GrpcServer } from '@fraudflow/rpc';
import type { IntakeResult, IntakeService } from '../intake/intake.service.js';

/** gRPC for producers without Kafka. */
export class IngestionController {
  constructor(private readonly intake: IntakeService) {}

  register(server: GrpcServer): void {
    server.add(ingestionV1.IngestionServiceService, {
      ingestTransactions: server.unary(
        'IngestTransactions',
        async ({ transactions }: ingestionV1.IngestTransactionsRequest) =>
          toWire(await this.intake.transactions(transactions.map(parse))),
      ),
      ingestLabels: server.unary('IngestLabels', async ({ labels }: ingestionV1.IngestLabelsRequest) =>
        toWire(await this.intake.labels(labels.map(parse))),
      ),
    });
  }
}

/** Bytes that are no JSON come back as undefined, which the intake refuses by position. */
function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    return undefined;
  }
}

function toWire({ accepted, rejections }: IntakeResult): ingestionV1.IngestTransactionsResponse {
  return { accepted, rejections: rejections.map((rejection) => ({ ...rejection })) };
}
