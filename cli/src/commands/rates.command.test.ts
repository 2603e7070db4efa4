import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { runCli } from '../program/run-cli.js';
import { ratesCommand } from './rates.command.js';

const open: (() => void)[] = [];
afterEach(() => {
  for (const close of open.splice(0)) close();
});

interface Call {
  readonly method: string;
  readonly url: string;
  readonly body: unknown;
}

/** An ingestion with the same response to every call. @returns its address and the requests */
async function anIngestion(
  answer: object,
  status = 200,
): Promise<{ readonly address: string; readonly calls: Call[] }> {
  const calls: Call[] = [];
  const server = createServer((request, response) => {
    void textOf(request).then((text) => {
      calls.push({
        method: request.method ?? '',
        url: request.url ?? '',
        body: text === '' ? undefined : JSON.parse(text),
      });
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.push(() => server.close());
  const bound = server.address();
  return { address: `http://127.0.0.1:${typeof bound === 'object' ? bound?.port : ''}`, calls };
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const part of request) text += String(part);
  return text;
}

function aFile(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'fraudflow-rates-'));
  open.push(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'rates');
  writeFileSync(path, text);
  return path;
}

async function run(...args: string[]) {
  const [out, notes]: [string[], string[]] = [[], []];
  const exitCode = await runCli(['rates', ...args], [ratesCommand], {
    env: { FRAUDFLOW_DATA_DIR: '/nonexistent/fraudflow' },
    out: (line) => out.push(line),
    note: (line) => notes.push(line),
    interrupted: new AbortController().signal,
    mainScript: '',
  });
  return { exitCode, out: out.join('\n'), notes: notes.join('\n') };
}

test('a rate is stated as text, with its effective instant', async () => {
  const { address, calls } = await anIngestion({ accepted: 1, rejections: [] });

  const result = await run('set', 'USD', '0.9213', '--at', '2026-01-05T00:00:00Z', '--address', address);

  expect(result).toMatchObject({ exitCode: 0, out: '1 USD counts as 0.9213 from 2026-01-05T00:00:00Z on' });
  const body = [{ currency: 'USD', rate: '0.9213', effective_at: '2026-01-05T00:00:00Z' }];
  expect(calls).toEqual([{ method: 'PUT', url: '/v1/rates', body }]);
});

test('rates are listed as text and as JSON', async () => {
  const rate = { currency: 'USD', base_currency: 'EUR', rate: '0.9', effective_at: '2026-01-05T00:00:00.000Z' };
  const { address, calls } = await anIngestion({ base_currency: 'EUR', rates: [rate] });

  const table = await run('list', '--currency', 'USD', '--address', address);
  const json = await run('list', '--json', '--address', address);

  expect(table.out).toMatch(/USD\/EUR +0\.9 +2026-01-05T00:00:00\.000Z/);
  expect(JSON.parse(json.out)).toMatchObject({ rates: [rate] });
  expect(calls.map(({ url }) => url)).toEqual(['/v1/rates?currency=USD', '/v1/rates']);
});

test.each([
  ['currency,rate,effective_at\nUSD,0.9,2026-01-05T00:00:00Z\n\nJPY, 0.0058 ,\n'],
  ['\ufeffrate;currency;effective_at\r\n0.9;USD;2026-01-05T00:00:00Z\r\n0.0058;JPY;\r\n'],
  ['[{"currency":"USD","rate":"0.9","effective_at":"2026-01-05T00:00:00Z"},{"currency":"JPY","rate":0.0058,"note":1}]'],
])('the rates of a file are stated: %j', async (text) => {
  const { address, calls } = await anIngestion({ accepted: 2, rejections: [] });

  expect(await run('load', aFile(text), '--address', address)).toMatchObject({ exitCode: 0, out: '2 rates stated' });

  expect(calls[0]?.body).toEqual([
    { currency: 'USD', rate: '0.9', effective_at: '2026-01-05T00:00:00Z' },
    { currency: 'JPY', rate: '0.0058' },
  ]);
});

test('a large file is sent in pages', async () => {
  const { address, calls } = await anIngestion({ accepted: 1_000, rejections: [] });
  const lines = Array.from({ length: 2_500 }, (_, day) => `USD,0.9,${new Date(day * 86_400_000).toISOString()}`);

  await run('load', aFile(['currency,rate,effective_at', ...lines].join('\n')), '--address', address);

  expect(calls.map(({ body }) => (body as unknown[]).length)).toEqual([1_000, 1_000, 500]);
});

test.each([
  ['currency\nUSD', 'rate is missing'],
  ['currency,rate\nUSD,', 'line 2: currency and rate are required'],
  ['[{"currency":"USD"}]', 'item 1: currency and rate are required'],
  ['[{', 'is not valid JSON'],
])('a file with %j is refused, and nothing is stated', async (text, reason) => {
  const { address, calls } = await anIngestion({ accepted: 0, rejections: [] });

  const result = await run('load', aFile(text), '--address', address);

  expect(result).toMatchObject({ exitCode: 2, notes: expect.stringContaining(reason) });
  expect(calls).toEqual([]);
});

test('the reason of a refusal by ingestion is printed', async () => {
  const rejections = [{ index: 0, code: 'RATE_INVALID', field: 'rate', reason: 'rate: must be a decimal number' }];
  const { address } = await anIngestion({ accepted: 0, rejections });
  const { address: failing } = await anIngestion(
    { detail: 'limit: must be a whole number', code: 'LIMIT_INVALID' },
    400,
  );

  expect(await run('set', 'USD', 'x', '--address', address)).toMatchObject({
    exitCode: 2,
    notes: expect.stringContaining('rate 1 is refused: rate: must be a decimal number'),
  });
  expect(await run('list', '--limit', '0', '--address', failing)).toMatchObject({
    exitCode: 2,
    notes: expect.stringContaining('limit: must be a whole number'),
  });
});

test('without a running stack, and without a response, the error states the next step', async () => {
  expect(await run('list')).toMatchObject({ exitCode: 1, notes: expect.stringContaining('./fraudflow up') });
  expect(await run('list', '--address', 'http://127.0.0.1:1')).toMatchObject({
    exitCode: 1,
    notes: expect.stringContaining('ingestion does not answer at http://127.0.0.1:1'),
  });
});
