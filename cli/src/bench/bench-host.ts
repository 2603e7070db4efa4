import type { BenchHost } from '@fraudflow/bench';
import { startTrainedSystem } from '../demo/start-trained-system.js';
import type { CliContext } from '../program/cli-context.js';
import { eventLine } from '../program/event-line.js';
import { loadStackSettings } from '../program/stack-settings.js';

/** The host of the benches: settings and output of the command line, and the demo's first phases. */
export function benchHost(cli: CliContext): BenchHost {
  const { env, note, interrupted } = cli;
  return {
    note,
    interrupted,
    stackOptions: () => {
      const { redisServer, postgresBinDir } = loadStackSettings(env);
      return {
        redisServer,
        postgresBinDir,
        onEvent: (event) => {
          const line = eventLine(event);
          if (line !== undefined) note(line);
        },
      };
    },
    startTrainedSystem: (options) => startTrainedSystem(options, cli),
  };
}
