import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type RunningTestRegistry, startTestRegistry } from './running-registry.js';

// Real: HTTP, Postgres, the artifact folder. An error of the caller is never a 5xx, because clients repeat those for
// minutes.
let registry: RunningTestRegistry;

beforeAll(async () => {
  registry = await startTestRegistry();
}, 120_000);

afterAll(() => registry.stop());

const invalid = { error_code: 'INVALID_PARAMETER_VALUE', message: expect.any(String) };
const search = (message: object): ReturnType<RunningTestRegistry['call']> =>
  registry.call('POST', 'runs/search', { experiment_ids: ['0'], ...message });

async function newRun(): Promise<string> {
  const { body } = await registry.call('POST', 'runs/create', { experiment_id: '0' });
  return (body['run'] as { info: { run_id: string } }).info.run_id;
}

test.each([
  ['a long text of digits', { filter: `${'1'.repeat(1_000_000)}a` }],
  ['10,000 comparisons', { filter: Array.from({ length: 10_000 }, () => 'metrics.a > 1').join(' AND ') }],
  ['70,000 values in a list', { filter: `run_id IN (${Array.from({ length: 70_000 }, () => "'a'").join(',')})` }],
  ['too many order keys', { order_by: Array.from({ length: 21 }, (_, i) => `metrics.m${i}`) }],
  ['a token of another server', { page_token: Buffer.from('{"offset": 3}').toString('base64') }],
  ['a token for another type', { order_by: ['start_time'], page_token: 'eyJhZnRlciI6W119' }],
])('a search with %s is refused', async (_, message) => {
  expect(await search(message)).toMatchObject({ status: 400, body: invalid });
});

test('a search at the limits succeeds', async () => {
  const filter = Array.from({ length: 100 }, (_, i) => `params.p${i} = 'x'`).join(' AND ');
  const order_by = Array.from({ length: 20 }, (_, i) => `metrics.m${i} DESC`);

  expect(await search({ filter, order_by })).toMatchObject({ status: 200, body: { runs: [] } });
  expect(await search({ filter: `start_time > ${'9'.repeat(400)}` })).toMatchObject({
    status: 200,
    body: { runs: [] },
  });
});

test('a search for an experiment id that is not a number finds nothing', async () => {
  expect(await search({ experiment_ids: ['abc'] })).toEqual({ status: 200, body: { runs: [] } });
});

test.each([
  ['lists', `{"a":${'['.repeat(100_000)}`],
  ['objects', `{"a":${'{"a":'.repeat(100_000)}`],
  ['closed lists', `{"a":${'['.repeat(50_000)}${']'.repeat(50_000)}}`],
])('a body of deeply nested %s is refused', async (_, body) => {
  expect(await registry.call('POST', 'experiments/create', body)).toMatchObject({ status: 400, body: invalid });
});

test('a body with too many values is refused', async () => {
  const body = `{"run_id":"a","datasets":[${'{},'.repeat(2_000_000)}{}]}`;

  expect(await registry.call('POST', 'runs/log-inputs', body)).toMatchObject({ status: 400, body: invalid });
});

const long = (characters: number): string => randomBytes(characters).toString('hex').slice(0, characters);

test('texts that exceed their column or index are refused in every kind of record', async () => {
  const run_id = await newRun();
  const dataset = { name: long(501), digest: 'd', source_type: 's', source: '{}' };
  const metric = { run_id, key: 'm', value: 1, timestamp: 1 };
  const version = { name: 'm', source: 's3://bucket/m' };
  await registry.call('POST', 'registered-models/create', { name: 'm' });
  const calls: [string, object][] = [
    ['runs/log-inputs', { run_id, datasets: [{ dataset }] }],
    ['runs/log-inputs', { run_id, models: [{ model_id: long(3_000) }] }],
    ['runs/outputs', { run_id, models: [{ model_id: long(3_000) }] }],
    ['runs/log-metric', { ...metric, model_id: `m-${long(32)}`, dataset_name: long(3_000) }],
    ['runs/log-metric', { ...metric, dataset_digest: long(37) }],
    ['runs/create', { experiment_id: '0', user_id: long(257) }],
    ['runs/create', { experiment_id: '0', run_name: long(8_001) }],
    ['model-versions/create', { ...version, run_id: long(3_000) }],
    ['model-versions/create', { ...version, model_id: long(3_000) }],
    ['model-versions/create', { ...version, source: `s3://bucket/${long(4_000)}` }],
    ['model-versions/create', { ...version, description: long(100_001) }],
    ['registered-models/create', { name: long(257) }],
    ['registered-models/create', { name: 'long', description: long(100_001) }],
    ['logged-models', { experiment_id: '0', name: long(501) }],
    ['logged-models', { experiment_id: '0', name: 'm', model_type: long(501) }],
    ['experiments/create', { name: long(501) }],
  ];

  for (const [path, message] of calls) {
    expect(await registry.call('POST', path, message), path).toMatchObject({ status: 400, body: invalid });
  }
  expect((await registry.file('PUT', `${long(200)}/`.repeat(15).concat('x'), 'x')).status).toBe(400);
});

test('the longest texts allowed are stored', async () => {
  const run_id = await newRun();
  const wide = (characters: number): string =>
    Array.from({ length: characters }, (_, i) => String.fromCodePoint(0x20000 + ((i * 7919) % 40_000))).join('');
  const key = wide(125);
  const created = await registry.call('POST', 'logged-models', { experiment_id: '0', name: 'wide' });
  const { model_id } = (created.body['model'] as { info: { model_id: string } }).info;
  const dataset = { name: wide(250), digest: wide(18), source_type: 's', source: '{}' };
  const metric = { run_id, key, value: 1, timestamp: 1, model_id, dataset_name: wide(250), dataset_digest: wide(18) };
  const path = encodeURIComponent(`${wide(60)}/`.repeat(8).slice(0, -1));

  expect(await registry.call('POST', 'runs/log-inputs', { run_id, datasets: [{ dataset }] })).toMatchObject({
    status: 200,
  });
  expect(await registry.call('POST', 'runs/log-metric', metric)).toMatchObject({ status: 200 });
  expect(await registry.call('POST', 'runs/set-tag', { run_id, key, value: wide(4_000) })).toMatchObject({
    status: 200,
  });
  expect(await registry.call('POST', 'runs/log-parameter', { run_id, key, value: wide(3_000) })).toMatchObject({
    status: 200,
  });
  expect((await registry.file('PUT', path, 'x')).status).toBe(200);
  expect((await registry.file('DELETE', path)).status).toBe(200);
});

test('numbers in messages keep the spelling of the client', async () => {
  const answer = await registry.call('POST', 'experiments/create', '{"name": "x", "artifact_location": 9.0}');

  expect(answer.body['message']).toContain("Invalid value 9.0 for parameter 'artifact_location' supplied");
});

test('URLs longer than the limit are refused with the error envelope', async () => {
  const filter = encodeURIComponent(`run_id IN (${Array.from({ length: 1_000 }, () => `'${long(32)}'`).join(',')})`);
  const answer = (length: number): ReturnType<RunningTestRegistry['call']> =>
    registry.call('GET', `model-versions/search?filter=${filter.padEnd(length, '+')}`);

  expect(await answer(60_000)).toMatchObject({ status: 200 });
  expect(await answer(120_000)).toMatchObject({ status: 431, body: { error_code: 'BAD_REQUEST' } });
});

test('a client that hangs up in the middle of an upload is not counted as a failure', async () => {
  const { host, port } = { host: '127.0.0.1', port: Number(new URL(registry.url).port) };
  const socket = connect(port, host);
  socket.write(
    `PUT /api/2.0/mlflow-artifacts/artifacts/broken HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 100000\r\n\r\nsome bytes`,
  );
  const metric = async (name: string): Promise<number> => {
    const text = await (await fetch(`${registry.url}/metrics`)).text();
    return Number(new RegExp(`^${name}(?:\\{.*\\})? (\\d+)`, 'm').exec(text)?.[1]);
  };
  const failuresBefore = await metric('registry_failed_requests_total');

  socket.end(() => socket.destroy());

  await vi.waitFor(async () => expect(await metric('registry_aborted_requests_total')).toBe(1), { timeout: 10_000 });
  expect(await metric('registry_failed_requests_total')).toBe(failuresBefore);
  expect((await registry.file('GET', 'broken')).status).toBe(404);
});

test('a file larger than the limit is refused before it is sent', async () => {
  const answer = await registry.file('PUT', 'large', 'x'.repeat(1_000_001));

  expect(answer.status).toBe(413);
  expect(await answer.json()).toMatchObject({ error_code: 'INVALID_PARAMETER_VALUE' });
});

const ROUTES: readonly (readonly [string, string])[] = [
  ['POST', 'experiments/search'],
  ['POST', 'experiments/update'],
  ['POST', 'runs/create'],
  ['POST', 'runs/update'],
  ['POST', 'runs/search'],
  ['POST', 'runs/log-batch'],
  ['POST', 'runs/log-inputs'],
  ['POST', 'runs/outputs'],
  ['POST', 'runs/log-model'],
  ['POST', 'logged-models'],
  ['POST', 'logged-models/search'],
  ['PATCH', 'logged-models/m-x/tags'],
  ['POST', 'model-versions/create'],
  ['POST', 'model-versions/transition-stage'],
  ['PATCH', 'model-versions/update'],
  ['POST', 'registered-models/alias'],
  ['POST', 'registered-models/rename'],
  ['DELETE', 'registered-models/delete-tag'],
];

test('no malformed request gets a server error', async () => {
  const known = [await newRun(), '0', 'm', '1'];
  const fields =
    'run_id experiment_id experiment_ids name new_name version source key value tags metrics params datasets models model_id model_json ' +
    'filter order_by page_token max_results stage alias status end_time start_time timestamp step dataset digest';
  const field = fc.constantFrom(...fields.split(' '));
  const odd = fc.oneof(
    fc.constantFrom<unknown>(...known),
    fc.constantFrom<unknown>(
      '',
      null,
      -1,
      1.5,
      1e308,
      '9'.repeat(25),
      '\ud800',
      'é\u0000',
      '../x',
      '%',
      "' OR 1=1",
      [],
      {},
      true,
    ),
  );
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof({ maxDepth: 3 }, odd, fc.string(), tie('list'), tie('object')),
    list: fc.array(tie('value'), { maxLength: 3 }),
    object: fc.dictionary(field, tie('value'), { maxKeys: 8 }),
  }));
  const request = fc.tuple(fc.constantFrom(...ROUTES), fc.dictionary(field, value, { maxKeys: 10 }));

  await fc.assert(
    fc.asyncProperty(request, async ([[method, path], message]) => {
      const { status, body } = await registry.call(method, path, message as object);
      expect({ status, path, message: body['message'] }).toSatisfy(() => status < 500);
    }),
    { seed: 7, numRuns: 3_000 },
  );
}, 240_000);
