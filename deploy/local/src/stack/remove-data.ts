import { rmSync } from 'node:fs';
import { conflict } from '@fraudflow/core';
import { relocatedFolder } from '../embedded/postgres-home.js';
import { layoutOf } from '../system/layout.js';
import { livingSupervisor } from './claim.js';

/**
 * Deletes a data folder and the files of Postgres outside of it.
 * @throws AppError conflict while a stack runs on the folder
 */
export function removeStackData(dataDir: string): void {
  const layout = layoutOf(dataDir);
  if (livingSupervisor(layout)) throw conflict(`a stack is running on ${layout.root}; stop it first`);
  for (const folder of [layout.root, relocatedFolder(layout)]) rmSync(folder, { recursive: true, force: true });
}
