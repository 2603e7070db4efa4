import { featuresV1 } from '@fraudflow/contracts';
import { invalidInput } from '@fraudflow/core';
import { featureServiceByName } from '@fraudflow/features';
import type { GrpcServer } from '@fraudflow/rpc';
import type { Backfill, BackfillState } from '../../backfill/backfill-store.port.js';
import type { Backfills } from '../../backfill/backfills.js';

const STATES: Readonly<Record<BackfillState, featuresV1.BackfillState>> = {
  running: featuresV1.BackfillState.BACKFILL_STATE_RUNNING,
  active: featuresV1.BackfillState.BACKFILL_STATE_ACTIVE,
  cancelled: featuresV1.BackfillState.BACKFILL_STATE_CANCELLED,
  failed: featuresV1.BackfillState.BACKFILL_STATE_FAILED,
};

const MAX_ID_LENGTH = 200;

/** The methods about backfills. */
export function backfillHandlers(server: GrpcServer, backfills: Backfills) {
  return {
    startBackfill: server.unary(
      'StartBackfill',
      async ({ featureService }: featuresV1.StartBackfillRequest): Promise<featuresV1.StartBackfillResponse> => ({
        backfill: toMessage(await backfills.start(featureServiceByName(featureService))),
      }),
    ),
    getBackfill: server.unary(
      'GetBackfill',
      async ({ id }: featuresV1.GetBackfillRequest): Promise<featuresV1.GetBackfillResponse> => ({
        backfill: toMessage(await backfills.get(checkedId(id))),
      }),
    ),
    listBackfills: server.unary('ListBackfills', async (): Promise<featuresV1.ListBackfillsResponse> => ({
      backfills: (await backfills.list()).map(toMessage),
    })),
    cancelBackfill: server.unary(
      'CancelBackfill',
      async ({ id }: featuresV1.CancelBackfillRequest): Promise<featuresV1.CancelBackfillResponse> => ({
        backfill: toMessage(await backfills.cancel(checkedId(id))),
      }),
    ),
  };
}

/** Postgres refuses NUL in a text as if the database were at fault. @throws AppError invalid_input. */
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
