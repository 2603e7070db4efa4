import { unavailable } from '@fraudflow/core';
import { featureIndex, featureServiceByName } from '@fraudflow/features';
import fastify, { type FastifyInstance } from 'fastify';
import { FeastHttpParts, feastHttpPlugin } from './feast-http.plugin.js';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { aServingFixture, type ServingFixture } from '../../../../test/serving-fixture.js';

const NB = 'customer_id_nb_tx_1day_window';
const AVG = 'customer_id_avg_amount_1day_window';
const EPOCH = '1970-01-01T00:00:00Z';
const NEWEST = '2026-05-01T11:59:00Z';
let fixture: ServingFixture;
let http: FastifyInstance;

beforeEach(async () => {
  fixture = aServingFixture(100);
  http = fastify();
  await http.register(feastHttpPlugin(fixture.get(FeastHttpParts)));
});

afterEach(() => http.close());

const post = async (url: string, body: unknown, type = 'application/json') => {
  const payload = typeof body === 'string' ? body : JSON.stringify(body);
  const { statusCode, payload: text } = await http.inject({
    method: 'POST',
    url,
    payload,
    headers: { 'content-type': type },
  });
  return { status: statusCode, text };
};
const online = (body: unknown) => post('/get-online-features', body);
/** Class, message and module of a Feast error, which is JSON in a JSON string. */
const feastError = (text: string): unknown => JSON.parse(JSON.parse(text) as string);

test('the reply is column-major: join keys first, then features in the requested order, with their names in the same order', async () => {
  const { status, text } = await online({
    features: [`customer:${AVG}`, `customer:${NB}`],
    entities: { customer_id: ['c1', 'new1'] },
  });

  expect(status).toBe(200);
  const [avg, nb] = [featureIndex(AVG) + 0.5, featureIndex(NB)];
  expect(text).toBe(
    `{"results":[{"values":["c1","new1"],"statuses":["PRESENT","PRESENT"],"event_timestamps":["${EPOCH}","${EPOCH}"]},` +
      `{"values":[${avg},null],"statuses":["PRESENT","NOT_FOUND"],"event_timestamps":["${NEWEST}","${EPOCH}"]},` +
      `{"values":[${nb},null],"statuses":["PRESENT","NOT_FOUND"],"event_timestamps":["${NEWEST}","${EPOCH}"]}],` +
      `"metadata":{"feature_names":["customer_id","${AVG}","${NB}"]}}`,
  );
});

test('the time of the first feature is where older SDKs read it', async () => {
  const { text } = await online({ features: [`customer:${NB}`], entities: { customer_id: ['c1'] } });

  expect(JSON.parse(text)).toMatchObject({ results: [{}, { event_timestamps: [NEWEST] }] });
});

test('full names contain the view, and join keys have no prefix', async () => {
  const { text } = await online({
    features: [`customer:${NB}`],
    entities: { customer_id: ['c1'] },
    full_feature_names: true,
  });

  expect(JSON.parse(text)).toMatchObject({ metadata: { feature_names: ['customer_id', `customer__${NB}`] } });
});

test('a service is served with the request transaction, read from the entities or from the request context', async () => {
  const keys = { customer_id: ['c1'], terminal_id: ['m1'] };
  const data = { amount: [12.5], occurred_at: ['2026-05-01T12:00:00.123Z'], transaction_id: ['t1'] };
  const service = { feature_service: 'fraud_detection_features' };

  const first = await online({ ...service, entities: { ...keys, ...data } });
  const second = await online({ ...service, entities: keys, request_context: data });

  expect(first.status).toBe(200);
  expect(second.text).toBe(first.text);
  expect(fixture.online.calls[0]).toEqual({
    asOfMs: 0,
    rows: [
      {
        customerId: 'c1',
        terminalId: 'm1',
        transaction: { transactionId: 't1', occurredAtMs: Date.UTC(2026, 4, 1, 12, 0, 0, 123), amountMinor: 1_250 },
      },
    ],
  });
  const names = featureServiceByName('fraud_detection_features').features.map(({ name }) => name);
  const reply = JSON.parse(first.text) as { readonly metadata: unknown; readonly results: readonly unknown[] };
  expect(reply.metadata).toEqual({ feature_names: ['customer_id', 'terminal_id', ...names] });
  expect(reply.results[2]).toMatchObject({ statuses: ['PRESENT'], event_timestamps: [EPOCH] });
  expect(reply.results[5]).toMatchObject({ statuses: ['PRESENT'], event_timestamps: [NEWEST] });
});

test('the error names request data that a feature needs and that were not sent', async () => {
  const { status, text } = await online({
    features: ['transaction:tx_amount'],
    entities: { occurred_at: ['2026-05-01T12:00:00Z'] },
  });

  expect(status).toBe(404);
  expect(feastError(text)).toMatchObject({
    module: 'feast.errors',
    class: 'RequestDataNotFoundInEntityRowsException',
    message: expect.stringContaining('amount') as string,
  });
});

test.each([
  [{ feature_service: 'nope', entities: { customer_id: ['c'] } }, 404, 'FeatureServiceNotFoundException'],
  [{ features: ['nope:x'], entities: { customer_id: ['c'] } }, 404, 'FeatureViewNotFoundException'],
  [{ features: ['customer:x'], entities: { customer_id: ['c'] } }, 404, 'FeastObjectNotFoundException'],
  [{ features: [`customer:${NB}`], entities: { card_id: ['c'] } }, 422, 'FeastEntityDFMissingColumnsError'],
])('the response to %j is %i with %s, encoded twice', async (body, httpStatus, className) => {
  const { status, text } = await online(body);

  expect(status).toBe(httpStatus);
  expect(feastError(text)).toMatchObject({ module: 'feast.errors', class: className });
});

const REF = { features: [`customer:${NB}`] };
test.each([
  ['unequal columns', { ...REF, entities: { customer_id: ['a', 'b'], other: ['c'] } }, ['body', 'entities', 'other']],
  ['no rows', { ...REF, entities: { customer_id: [] } }, ['body', 'entities']],
  ['no columns', { ...REF, entities: {} }, ['body', 'entities']],
  ['no entities', REF, ['body', 'entities']],
  ['no features', { entities: { customer_id: ['a'] } }, ['body', 'features']],
  ['both kinds', { ...REF, feature_service: 's', entities: { customer_id: ['a'] } }, ['body', 'features']],
  ['too many rows', { ...REF, entities: { customer_id: Array(101).fill('a') } }, ['body', 'entities']],
  ['a column that is not a list', { ...REF, entities: { customer_id: 'a' } }, ['body', 'entities', 'customer_id']],
  ['a boolean id', { ...REF, entities: { customer_id: [true] } }, ['body', 'entities', 'customer_id', 0]],
  ['a fraction as id', { ...REF, entities: { customer_id: [1.5] } }, ['body', 'entities', 'customer_id', 0]],
  [
    'a flag as text',
    { ...REF, entities: { customer_id: ['a'] }, full_feature_names: 'x' },
    ['body', 'full_feature_names'],
  ],
  ['features of numbers', { features: [1], entities: { customer_id: ['a'] } }, ['body', 'features']],
  ['an amount as a word', withData({ amount: ['much'] }), ['body', 'entities', 'amount', 0]],
  ['a negative amount', withData({ amount: [-1] }), ['body', 'entities', 'amount', 0]],
  ['milliseconds for seconds', withData({ occurred_at: [1_795_171_968_000] }), ['body', 'entities', 'occurred_at', 0]],
  ['a list as body', [1], ['body']],
  ['broken JSON', '{"a"', ['body']],
  ['an empty body', '', ['body']],
])('%s: 422 with the place', async (_name, body, location) => {
  const { status, text } = await online(body);

  expect(status).toBe(422);
  expect(JSON.parse(text)).toMatchObject({ detail: [{ loc: location }] });
});

function withData(change: Record<string, unknown>): unknown {
  const entities = { customer_id: ['a'], amount: [1], occurred_at: ['2026-05-01'], ...change };
  return { features: ['transaction:tx_amount'], entities };
}

test('10,000 rows are served in several batches', async () => {
  await http.close();
  fixture = aServingFixture(10_000);
  http = fastify();
  await http.register(feastHttpPlugin(fixture.get(FeastHttpParts)));
  const ids = Array.from({ length: 10_000 }, (_, i) => `c${i}`);

  const { status, text } = await online({ ...REF, entities: { customer_id: ids } });

  expect(status).toBe(200);
  expect((JSON.parse(text) as { results: { values: unknown[] }[] }).results[0]?.values).toEqual(ids);
  expect(Math.max(...fixture.online.calls.map(({ rows }) => rows.length))).toBe(500);
});

test('unknown extra columns are ignored', async () => {
  const { status, text } = await online({ ...REF, entities: { customer_id: ['c1'], shoe_size: [[1, 2]] } });

  expect(status).toBe(200);
  expect(JSON.parse(text)).toMatchObject({ metadata: { feature_names: ['customer_id', NB] } });
});

test('an entity that is requested several times is read once and returned each time', async () => {
  const { text } = await online({ ...REF, entities: { customer_id: ['c1', 'c2', 'c1', 'c1'] } });

  expect(fixture.online.calls.map(({ rows }) => rows.map(({ customerId }) => customerId))).toEqual([['c1', 'c2']]);
  const nb = featureIndex(NB);
  expect(JSON.parse(text)).toMatchObject({
    results: [{ values: ['c1', 'c2', 'c1', 'c1'] }, { values: [nb, nb, nb, nb] }],
  });
});

test('whole numbers of any length are accepted as ids by their digits', async () => {
  const { text } = await online(`{"features":["customer:${NB}"],"entities":{"customer_id":[7,12345678901234567890]}}`);

  expect(fixture.online.calls[0]?.rows.map(({ customerId }) => customerId)).toEqual(['7', '12345678901234567890']);
  expect(JSON.parse(text)).toMatchObject({ results: [{ values: ['7', '12345678901234567890'] }, {}] });
});

test('a null id is an entity that is not found', async () => {
  const { text } = await online({ ...REF, entities: { customer_id: [null] } });

  expect(JSON.parse(text)).toMatchObject({
    results: [{ values: [null] }, { values: [null], statuses: ['NOT_FOUND'] }],
  });
});

test('rows with a time but no amount are read as of that time', async () => {
  await online({ ...REF, entities: { customer_id: ['a', 'b', 'c'], occurred_at: [100, 200, 100] } });

  expect(fixture.online.calls.map(({ asOfMs, rows }) => [asOfMs, rows.length])).toEqual([
    [100_000, 2],
    [200_000, 1],
  ]);
});

test('a missing value of a known entity is null and present', async () => {
  fixture.online.missing = [featureIndex(NB)];

  const { text } = await online({ ...REF, entities: { customer_id: ['c1'] } });

  expect(JSON.parse(text)).toMatchObject({ results: [{}, { values: [null], statuses: ['PRESENT'] }] });
});

test('only an unavailable store gives a status after which clients retry', async () => {
  fixture.online.failure = unavailable('the online store does not answer');

  const { status, text } = await online({ ...REF, entities: { customer_id: ['c1'] } });

  expect(status).toBe(503);
  expect(JSON.parse(text)).toEqual({ detail: 'the online store does not answer' });
});

test('the response to an internal error reveals no details', async () => {
  fixture.online.failure = new Error('password is hunter2');

  const { status, text } = await online({ ...REF, entities: { customer_id: ['c1'] } });

  expect(status).toBe(500);
  expect(text).toBe('{"detail":"internal error"}');
});

test('the content type does not matter', async () => {
  const body = { ...REF, entities: { customer_id: ['c1'] } };

  expect((await post('/get-online-features', body, 'application/x-www-form-urlencoded')).status).toBe(200);
});

test('a body beyond the limit is refused with 413, and its connection closed, whether its length is declared or not', async () => {
  const small = fastify({ bodyLimit: 1_000 });
  await small.register(feastHttpPlugin(fixture.get(FeastHttpParts)));
  const address = await small.listen({ port: 0, host: '127.0.0.1' });
  const tooLong = new Uint8Array(1_001).fill(32);

  const declared = await fetch(`${address}/get-online-features`, { method: 'POST', body: tooLong });
  const undeclared = await fetch(`${address}/get-online-features`, {
    method: 'POST',
    body: new Blob([tooLong]).stream(),
    duplex: 'half',
  });

  for (const response of [declared, undeclared]) {
    expect([response.status, response.headers.get('connection')]).toEqual([413, 'close']);
    expect(await response.json()).toEqual({ detail: 'Request body is too large' });
  }
  await small.close();
});

test('a character that is split between two chunks of a body is read correctly', async () => {
  const address = await http.listen({ port: 0, host: '127.0.0.1' });
  const body = Buffer.from(JSON.stringify({ features: [`customer:${NB}`], entities: { customer_id: ['c-é'] } }));
  const cut = body.indexOf('é') + 1;
  const pieces = new ReadableStream({
    start(controller) {
      controller.enqueue(body.subarray(0, cut));
      controller.enqueue(body.subarray(cut));
      controller.close();
    },
  });

  const response = await fetch(`${address}/get-online-features`, { method: 'POST', body: pieces, duplex: 'half' });

  expect(await response.json()).toMatchObject({ results: [{ values: ['c-é'] }, {}] });
});

test('requests that are answered in the same turn each get their own reply', async () => {
  const ids = Array.from({ length: 40 }, (_, i) => (i % 2 === 0 ? `é-${'x'.repeat(i)}` : `c${i}`));
  const body = (id: string) => ({ features: [`customer:${NB}`], entities: { customer_id: [id, 'c1'] } });

  const replies = await Promise.all(ids.map((id) => online(body(id))));

  const first = replies.map(
    ({ text }) => (JSON.parse(text) as { results: { values: unknown[] }[] }).results[0]?.values,
  );
  expect(first).toEqual(ids.map((id) => [id, 'c1']));
});
