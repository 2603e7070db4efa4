import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { knownFlags } from '@fraudflow/runtime-tuning';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createLayout, layoutOf } from '../../system/layout.js';
import { PortPlan } from '../settings/port-plan.js';
import { nodeFlags } from './node-flags.js';
import { planServices } from './service-parts.js';

const script = fileURLToPath(import.meta.url);
let dataDir = '';

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'fraudflow-parts-'));
});

afterEach(() => {
  rmSync(dataDir, { recursive: true, force: true });
});

async function launched(services: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const layout = layoutOf(dataDir);
  createLayout(layout);
  const { parts } = await planServices({
    layout,
    libDir: dataDir,
    ports: new PortPlan('free'),
    options: { dataDir, services, serviceScript: () => script, env },
    servers: { kafkaBrokers: ['127.0.0.1:1'], redisUrl: 'redis://r', postgresUrl: 'postgres://p' },
    notice: () => undefined,
  });
  return Promise.all(parts.map((part) => part.prepare()));
}

test('services start with the flags and the environment of their runtime.json', async () => {
  const services = ['feature-store', 'scorer'];

  const commands = await launched(services);

  expect(commands.map(({ file, args, niceness }) => ({ file, args, niceness }))).toEqual([
    {
      file: process.execPath,
      args: [...knownFlags(nodeFlags('feature-store'), () => undefined), script],
      niceness: 10,
    },
    { file: process.execPath, args: [...knownFlags(nodeFlags('scorer'), () => undefined), script], niceness: 0 },
  ]);
  for (const { env } of commands) {
    expect(env).toMatchObject({
      MALLOC_ARENA_MAX: '2',
      MALLOC_MMAP_THRESHOLD_: '131072',
      MALLOC_TRIM_THRESHOLD_: '1048576',
      FRAUDFLOW_REDIS_URL: 'redis://r',
    });
  }
});

test('an operator replaces the heap and the variables of a runtime.json', async () => {
  const [command] = await launched(['scorer'], { FRAUDFLOW_SCORER_HEAP_MB: '512', MALLOC_ARENA_MAX: '1' });

  expect(command?.args).toContain('--max-old-space-size=512');
  expect(command?.env).toMatchObject({ MALLOC_ARENA_MAX: '1', MALLOC_TRIM_THRESHOLD_: '1048576' });
});
