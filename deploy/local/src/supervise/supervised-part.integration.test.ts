// Real: the supervised process. Faked: its readiness probe.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { httpStatus } from '../stack/services/service-part.js';
import { choosePort } from '../system/ports.js';
import { processIdentity } from '../system/process-identity.js';
import { Guardian } from './guardian.js';
import type { Part } from './part.js';
import type { StackEvent } from './stack-event.js';
import { SupervisedPart } from './supervised-part.js';

const tiny = join(dirname(fileURLToPath(import.meta.url)), '../../test/fixtures/tiny-service.mjs');

test('a process that ignores the stop signal is killed after its deadline, and the event reports it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'fraudflow-part-'));
  const port = await choosePort(undefined, new Set());
  const part: Part = {
    name: 'tiny',
    kind: 'service',
    ports: { http: port },
    address: `http://127.0.0.1:${port}`,
    stopSignal: 'SIGTERM',
    stopTimeoutMs: 300,
    readyTimeoutMs: 30_000,
    isReady: async () => (await httpStatus(`http://127.0.0.1:${port}/health`)) === 200,
    prepare: async () => ({
      file: process.execPath,
      args: [tiny],
      env: { FRAUDFLOW_TINY_HTTP_PORT: String(port), TINY_BEHAVIOUR: 'ignores-stop' },
    }),
  };
  const events: StackEvent[] = [];
  const guardian = new Guardian();
  const supervised = new SupervisedPart(part, {
    logFile: join(folder, 'tiny.log'),
    guardian,
    emit: (event) => void events.push(event),
    onChange: () => undefined,
  });
  await supervised.start();
  const pid = Number(supervised.pid);

  await supervised.stop();

  expect(processIdentity(pid)).toBeUndefined();
  expect(events.at(-1)).toEqual({ type: 'stopped', part: 'tiny', wasKilled: true });
  guardian.close();
  rmSync(folder, { recursive: true });
});
