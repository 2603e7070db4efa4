import { rm } from 'node:fs/promises';
import { ALL_SERVICES, startStack, type StackHandle } from '@fraudflow/local';
import type { CliContext } from '../program/cli-context.js';
import { eventLine } from '../program/event-line.js';
import { loadStackSettings } from '../program/stack-settings.js';
import { demoEnvironment } from './demo-environment.js';
import type { DemoOptions } from './context/demo-options.js';

/**
 * Starts everything on an empty data folder, so that each demo begins in the same state. It always uses embedded
 * servers, so that a demo writes nothing to a real Kafka, Redis or Postgres.
 * @throws AppError as `startStack` does.
 */
export async function startDemoStack(
  options: Pick<DemoOptions, 'dataDir' | 'partitions' | 'keepsRunning'>,
  { env, interrupted }: Pick<CliContext, 'env' | 'interrupted'>,
  onLine: (line: string) => void,
): Promise<StackHandle> {
  const { redisServer, postgresBinDir } = loadStackSettings(env);
  await rm(options.dataDir, { recursive: true, force: true });
  return startStack({
    dataDir: options.dataDir,
    redisServer,
    postgresBinDir,
    services: ALL_SERVICES,
    // A stack that stays is used by hand, at the ports that the documentation names.
    ports: options.keepsRunning ? 'default' : 'free',
    env: demoEnvironment(options.partitions),
    signal: interrupted,
    onEvent: (event) => {
      const line = eventLine(event);
      if (line !== undefined) onLine(line);
    },
  });
}
