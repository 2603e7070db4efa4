import { promisify } from 'node:util';
import { constants, gunzip, gzip } from 'node:zlib';
import type { MonitorOptions } from './monitor-options.js';
import { MonitorState, type MonitorStateJson } from './monitor-state.js';

const compress = promisify(gzip);
const expand = promisify(gunzip);

/**
 * Serialises the state into one blob. The JSON is created synchronously, so it contains no later changes of the state.
 * Only the compression runs in another thread.
 */
export function packState(state: MonitorState): Promise<Buffer> {
  return compress(JSON.stringify(state.toJson()), { level: constants.Z_BEST_SPEED });
}

/**
 * Restores a state. The settings may differ from those of the checkpoint: see `MonitorState.fromJson`.
 * @throws if the blob is damaged
 */
export async function unpackState(blob: Uint8Array, options: MonitorOptions): Promise<MonitorState> {
  const text = (await expand(blob)).toString('utf8');
  return MonitorState.fromJson(JSON.parse(text) as MonitorStateJson, options);
}
