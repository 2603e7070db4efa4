import { promisify } from 'node:util';
import { constants, gunzip, gzip } from 'node:zlib';
import type { MonitorOptions } from './monitor-options.js';
import { MonitorState, type MonitorStateJson } from './monitor-state.js';

const compress = promisify(gzip);
const expand = promisify(gunzip);

/**
 * The state as one blob. The text is made at once, so later changes of the state are not in it; only the compression is
 * left to another thread.
 */
export function packState(state: MonitorState): Promise<Buffer> {
  return compress(JSON.stringify(state.toJson()), { level: constants.Z_BEST_SPEED });
}

/** @throws if the blob is damaged. Settings may differ from those it was made with: see MonitorState.fromJson. */
export async function unpackState(blob: Uint8Array, options: MonitorOptions): Promise<MonitorState> {
  const text = (await expand(blob)).toString('utf8');
  return MonitorState.fromJson(JSON.parse(text) as MonitorStateJson, options);
}
