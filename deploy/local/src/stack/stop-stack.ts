import { layoutOf } from '../system/layout.js';
import { livingSupervisor } from './claim.js';
import { endLeftovers, endProcess } from './leftovers.js';

const STOP_TIMEOUT_MS = 45_000;

export interface StopResult {
  /** True if a supervisor was running and has been stopped. */
  readonly wasRunning: boolean;
  /** Parts that a killed supervisor left and that this call ended. */
  readonly leftovers: readonly string[];
}

/** Stops all parts of a data folder, from any process. Resolves when all of them have ended. */
export async function stopStack(dataDir: string): Promise<StopResult> {
  const layout = layoutOf(dataDir);
  const supervisor = livingSupervisor(layout);
  if (supervisor) await endProcess(supervisor, 'SIGTERM', STOP_TIMEOUT_MS);
  return { wasRunning: supervisor !== undefined, leftovers: await endLeftovers(layout) };
}
