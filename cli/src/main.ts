import { fileURLToPath } from 'node:url';
import { processEnvironment } from '@fraudflow/config';
import { COMMANDS } from './command-registry.js';
import { interruptSignal } from './program/interrupt.js';
import { runCli } from './program/run-cli.js';

process.exitCode = await runCli(process.argv.slice(2), COMMANDS, {
  env: processEnvironment(),
  out: (line) => process.stdout.write(`${line}\n`),
  note: (line) => process.stderr.write(`${line}\n`),
  interrupted: interruptSignal(),
  mainScript: fileURLToPath(import.meta.url),
});
