import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { featureStatisticsV1 } from '@fraudflow/contracts';
import { notFound } from '@fraudflow/core';
import { Registry, silentLogger } from '@fraudflow/observability';
import { GrpcServer } from '@fraudflow/rpc';
import { afterEach, expect, test } from 'vitest';
import { runCli } from '../program/run-cli.js';
import { reportCommand } from './report.command.js';

const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

type Request = featureStatisticsV1.GetFeatureStatisticsRequest;

/** A feature store with one view without rows, which records its requests. */
async function aWorker(): Promise<{ readonly address: string; readonly asked: readonly Request[] }> {
  const asked: Request[] = [];
  const server = new GrpcServer({ logger: silentLogger, metrics: new Registry() });
  server.add(featureStatisticsV1.FeatureStatisticsServiceService, {
    getFeatureStatistics: server.unary('GetFeatureStatistics', async (request: Request) => {
      asked.push(request);
      if (request.views.includes('nothing')) throw notFound('feature view "nothing" does not exist');
      const view = featureStatisticsV1.FeatureViewStatistics.create({
        view: 'customer',
        kind: 'stream',
        lag: { recentRows: 0, p50Ms: Number.NaN, p99Ms: Number.NaN, maxMs: Number.NaN },
      });
      return { project: 'fraudflow', sinceMs: 1, measuredAtMs: 2, views: [view] };
    }),
  });
  const port = await server.listen('127.0.0.1:0');
  open.push(() => server.stop(100));
  return { address: `127.0.0.1:${port}`, asked };
}

async function run(args: readonly string[]): Promise<{ exitCode: number; out: string; notes: string }> {
  const [out, notes]: [string[], string[]] = [[], []];
  const exitCode = await runCli(['report', 'features', ...args], [reportCommand], {
    env: {},
    out: (line) => out.push(line),
    note: (line) => notes.push(line),
    interrupted: new AbortController().signal,
    mainScript: '/nowhere/main.js',
  });
  return { exitCode, out: out.join('\n'), notes: notes.join('\n') };
}

test('the report of the requested worker is printed', async () => {
  const { address, asked } = await aWorker();

  const { exitCode, out } = await run(['customer', '--address', address, '--hot-keys', '3']);

  expect(exitCode).toBe(0);
  expect(out).toContain('customer (stream)\n  no rows yet');
  expect(asked).toMatchObject([{ views: ['customer'], hotKeys: 3 }]);
});

test('in JSON, unknown figures are null', async () => {
  const { address } = await aWorker();

  const { out } = await run(['--address', address, '--json']);

  expect(JSON.parse(out)).toMatchObject({ project: 'fraudflow', views: [{ view: 'customer', lag: { p50Ms: null } }] });
});

test('a page is written to the file, and only its name is printed', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'report-'));
  open.push(() => rm(folder, { recursive: true }));
  const { address } = await aWorker();
  const file = join(folder, 'report.html');

  expect(await run(['--address', address, '--html', file])).toEqual({ exitCode: 0, out: '', notes: `wrote ${file}` });

  expect(await readFile(file, 'utf8')).toMatch(/^<!doctype html>/);
});

test('an unknown view exits with 1, a wrong number of keys with 2', async () => {
  const { address } = await aWorker();

  expect(await run(['nothing', '--address', address])).toMatchObject({
    exitCode: 1,
    notes: expect.stringContaining('"nothing" does not exist'),
  });
  expect(await run(['--hot-keys', '101', '--address', address])).toMatchObject({ exitCode: 2 });
});
