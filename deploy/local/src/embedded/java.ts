import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { processEnvironment } from '@fraudflow/config';
import { failedPrecondition } from '@fraudflow/core';

/** Path of the Java launcher: in JAVA_HOME if it is set, else the one on the PATH. */
export function javaExecutable(): string {
  const home = processEnvironment()['JAVA_HOME'];
  const candidate = home ? join(home, 'bin', 'java') : undefined;
  return candidate && existsSync(candidate) ? candidate : 'java';
}

/**
 * Class path of all jars in the folder.
 * @throws AppError failed_precondition if Maven has not downloaded them yet.
 */
export function classPathOf(libDir: string): string {
  findJar(libDir, 'kafka_2.13');
  return join(libDir, '*');
}

/** The jar of an artifact, whatever its version. */
export function findJar(libDir: string, artifact: string): string {
  const names = existsSync(libDir) ? readdirSync(libDir) : [];
  const jar = names.find((name) => name.startsWith(`${artifact}-`) && name.endsWith('.jar'));
  if (jar) return join(libDir, jar);
  throw failedPrecondition(`${artifact} is missing in ${libDir}; run ./fraudflow once to fetch the jars`, {
    code: 'JAR_MISSING',
  });
}
