import { featuresV1 } from '@fraudflow/contracts';
import { featureServiceByName } from '@fraudflow/features';
import type { GrpcServer } from '@fraudflow/rpc';
import type { Backfill, BackfillState } from '../offline/backfill-store.port.js';
import type { Backfills } from '../offline/backfills.js';

const STATES: Readonly<Record<BackfillState, featuresV1.BackfillState>> = {
  running: featuresV1.BackfillState.BACKFILL_STATE_RUNNING,
  active: featuresV1.BackfillState.BACKFILL_STATE_ACTIVE,
  cancelled: featuresV1.BackfillState.BACKFILL_STATE_CANCELLED,
  failed: featuresV1.BackfillState.BACKFILL_STATE_FAILED,
};

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
        backfill: toMessage(await backfills.get(id)),
      }),
    ),
    listBackfills: server.unary('ListBackfills', async (): Promise<featuresV1.ListBackfillsResponse> => ({
      backfills: (await backfills.list()).map(toMessage),
    })),
    cancelBackfill: server.unary(
      'CancelBackfill',
      async ({ id }: featuresV1.CancelBackfillRequest): Promise<featuresV1.CancelBackfillResponse> => ({
        backfill: toMessage(await backfills.cancel(id)),
      }),
    ),
  };
}

function toMessage(backfill: Backfill): featuresV1.Backfill {
  return { ...backfill, state: STATES[backfill.state] };
}
