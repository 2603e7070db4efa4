import { existsSync, mkdirSync } from 'node:fs';
import { defaultDataDir, defaultLibDir, extractXgboostLibrary, layoutOf } from '@fraudflow/local';

/** Unpacks the native training library out of the jars that set-up has fetched, so that the tests that train run in a fresh clone, too. */
export default function setup(): void {
  const libDir = defaultLibDir();
  if (!existsSync(libDir)) return;
  const { native } = layoutOf(defaultDataDir());
  mkdirSync(native, { recursive: true });
  extractXgboostLibrary(libDir, native);
}
