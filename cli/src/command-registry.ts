import { backfillCommand } from './commands/backfill.command.js';
import { benchCommand } from './commands/bench.command.js';
import { datasetCommand } from './commands/dataset.command.js';
import { demoCommand } from './commands/demo.command.js';
import { dlqCommand } from './commands/dlq.command.js';
import { downCommand } from './commands/down.command.js';
import { featuresExportCommand } from './commands/features-export.command.js';
import { learnCommand } from './commands/learn.command.js';
import { ratesCommand } from './commands/rates.command.js';
import { replayCommand } from './commands/replay.command.js';
import { reportCommand } from './commands/report.command.js';
import { statusCommand } from './commands/status.command.js';
import { testCommand } from './commands/test.command.js';
import { upCommand } from './commands/up.command.js';
import type { CliCommand } from './program/cli-command.js';

/** All sub-commands, in the order the help shows them. A new one is a file in `commands/` and a line here. */
export const COMMANDS: readonly CliCommand[] = [
  upCommand,
  downCommand,
  statusCommand,
  demoCommand,
  ratesCommand,
  replayCommand,
  dlqCommand,
  featuresExportCommand,
  datasetCommand,
  backfillCommand,
  reportCommand,
  learnCommand,
  benchCommand,
  testCommand,
];
