import { statSync } from 'node:fs';
import { dirname } from 'node:path';

export interface Account {
  readonly uid: number;
  readonly gid: number;
}

/** True if the account may enter the folder and all folders above it, by the execute bits of their modes. */
export function mayPassThrough(folder: string, account: Account): boolean {
  for (let at = folder; ; at = dirname(at)) {
    if (!mayExecute(at, account)) return false;
    if (dirname(at) === at) return true;
  }
}

/** True if the mode bits allow the account to execute the file or enter the folder. */
export function mayExecute(path: string, account: Account): boolean {
  const { mode, uid, gid } = statSync(path);
  const bit = uid === account.uid ? 0o100 : gid === account.gid ? 0o010 : 0o001;
  return (mode & bit) !== 0;
}
