import { featuresV1 } from '@fraudflow/contracts';
import { invalidInput } from '@fraudflow/core';
import { featureServiceByName } from '@fraudflow/features';
import { Controller } from '@nestjs/common';
import { GrpcMethod, Payload } from '@nestjs/microservices';
import type { Backfill, BackfillState } from '../../backfill/backfill-store.port.js';
import { Backfills } from '../../backfill/backfills.js';

const STATES: Readonly<Record<BackfillState, featuresV1.BackfillState>> = {
  running: featuresV1.BackfillState.BACKFILL_STATE_RUNNING,
  active: featuresV1.BackfillState.BACKFILL_STATE_ACTIVE,
  cancelled: featuresV1.BackfillState.BACKFILL_STATE_CANCELLED,
  failed: featuresV1.BackfillState.BACKFILL_STATE_FAILED,
};

const MAX_ID_LENGTH = 200;

/** gRPC to backfills: methods of `FeatureStoreService`. */
@Controller()
export class BackfillsController {
  constructor(private readonly backfills: Backfills) {}

  @GrpcMethod('FeatureStoreService', 'StartBackfill')
  async startBackfill(
    @Payload() { featureService }: featuresV1.StartBackfillRequest,
  ): Promise<featuresV1.StartBackfillResponse> {
    return { backfill: toMessage(await this.backfills.start(featureServiceByName(featureService))) };
  }

  @GrpcMethod('FeatureStoreService', 'GetBackfill')
  async getBackfill(@Payload() { id }: featuresV1.GetBackfillRequest): Promise<featuresV1.GetBackfillResponse> {
    return { backfill: toMessage(await this.backfills.get(checkedId(id))) };
  }

  @GrpcMethod('FeatureStoreService', 'ListBackfills')
  async listBackfills(): Promise<featuresV1.ListBackfillsResponse> {
    return { backfills: (await this.backfills.list()).map(toMessage) };
  }

  @GrpcMethod('FeatureStoreService', 'CancelBackfill')
  async cancelBackfill(
    @Payload() { id }: featuresV1.CancelBackfillRequest,
  ): Promise<featuresV1.CancelBackfillResponse> {
    return { backfill: toMessage(await this.backfills.cancel(checkedId(id))) };
  }
}

/** Postgres refuses NUL in a text with an error of the server. @throws AppError invalid_input. */
function checkedId(id: string): string {
  if (id.length > 0 && id.length <= MAX_ID_LENGTH && !id.includes('\0')) return id;
  throw invalidInput(`id: must have 1 to ${MAX_ID_LENGTH} characters and no NUL`, {
    code: 'FIELD_INVALID',
    field: 'id',
  });
}

function toMessage(backfill: Backfill): featuresV1.Backfill {
  return { ...backfill, state: STATES[backfill.state] };
}
