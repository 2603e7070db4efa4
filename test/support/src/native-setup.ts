import { existsSync, mkdirSync } from 'node:fs';
import { defaultDataDir, defaultLibDir, extractXgboostLibrary, layoutOf } from '@fraudflow/local';

/** Extracts the native training library from the downloaded jars, so that training tests also run in a fresh clone. */
export default function setup(): void {
  const libDir = defaultLibDir();
  if (!existsSync(libDir)) return;
  const { native } = layoutOf(defaultDataDir());
  mkdirSync(native, { recursive: true });
  extractXgboostLibrary(libDir, native);
}
