import { statSync } from 'node:fs';
import { dirname } from 'node:path';

export interface Account {
  readonly uid: number;
  readonly gid: number;
}

/** True if that account may pass through the folder and all folders above it (execute permission), by the mode bits. */
export function mayPassThrough(folder: string, account: Account): boolean {
  for (let at = folder; ; at = dirname(at)) {
    if (!mayExecute(at, account)) return false;
    if (dirname(at) === at) return true;
  }
}

/** True if the mode bits let that account execute the file, or pass through the folder. */
export function mayExecute(path: string, account: Account): boolean {
  const { mode, uid, gid } = statSync(path);
  const bit = uid === account.uid ? 0o100 : gid === account.gid ? 0o010 : 0o001;
  return (mode & bit) !== 0;
}
