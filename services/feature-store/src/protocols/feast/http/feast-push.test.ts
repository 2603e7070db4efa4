import { DAY_MS } from '@fraudflow/core';
import { FEATURE_REPOSITORY } from '@fraudflow/features';
import fastify, { type FastifyInstance } from 'fastify';
import { FeastHttpParts, feastHttpPlugin } from './feast-http.plugin.js';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { aProfileFrame, aServingFixture, NOW_MS, type ServingFixture } from '../../../../test/serving-fixture.js';

const SOURCE = 'customer_profile_push';
const VIEW = 'customer_profile';
let fixture: ServingFixture;
let http: FastifyInstance;

beforeEach(async () => {
  fixture = aServingFixture(100);
  http = fastify();
  await http.register(feastHttpPlugin(fixture.get(FeastHttpParts)));
});

afterEach(() => http.close());

const post = async (url: string, body: unknown) => {
  const { statusCode, payload } = await http.inject({
    method: 'POST',
    url,
    payload: typeof body === 'string' ? body : JSON.stringify(body),
    headers: { 'content-type': 'application/json' },
  });
  return { status: statusCode, text: payload };
};
const profile = async (customerId: string): Promise<unknown> => {
  const features = ['credit_limit', 'risk_segment', 'is_business', 'account_opened_at'].map(
    (name) => `${VIEW}:${name}`,
  );
  return JSON.parse((await post('/get-online-features', { features, entities: { customer_id: [customerId] } })).text);
};
const columnsOf = (reply: unknown): unknown =>
  (reply as { results: { values: unknown[] }[] }).results.map(({ values }) => values[0]);

test('a pushed row is served immediately, with its types and its time', async () => {
  const pushed = await post('/push', { push_source_name: SOURCE, df: aProfileFrame('c1', '2026-05-01T11:00:00.5') });

  expect(pushed).toEqual({ status: 200, text: '' });
  const { text } = await post('/get-online-features', {
    features: [`${VIEW}:credit_limit`, `${VIEW}:is_business`],
    entities: { customer_id: ['c1'] },
  });
  expect(text).toContain('{"values":[1500.0],"statuses":["PRESENT"],"event_timestamps":["2026-05-01T11:00:00.500Z"]}');
  expect(columnsOf(await profile('c1'))).toEqual(['c1', 1500, 'gold', false, 1_500_000_000]);
});

test('/write-to-online-store responds null and accepts times without a zone and a null created', async () => {
  const answer = await post('/write-to-online-store', {
    feature_view_name: VIEW,
    df: aProfileFrame('c1', '2026-05-01T11:00:00.823521'),
    allow_registry_cache: false,
  });

  expect(answer).toEqual({ status: 200, text: 'null' });
  expect(fixture.store.rows.get(`${VIEW}/c1`)?.eventAt.nanos).toBe(823_521_000);
});

test('a late row never overwrites, and one of the same time is a correction', async () => {
  await post('/push', { push_source_name: SOURCE, df: aProfileFrame('c1', '2026-05-01T11:00:00.000000002', 2) });
  await post('/push', { push_source_name: SOURCE, df: aProfileFrame('c1', '2026-05-01T11:00:00.000000001', 1) });
  await post('/push', { push_source_name: SOURCE, df: aProfileFrame('c1', '2026-05-01T11:00:00.000000002', 3) });

  expect(fixture.store.rows.get(`${VIEW}/c1`)?.values[0]).toBe(3);
});

test('an event time may be at most a day ahead of the server', async () => {
  const pushedAt = (eventMs: number): ReturnType<typeof post> =>
    post('/push', { push_source_name: SOURCE, df: aProfileFrame('c1', new Date(eventMs).toISOString(), 1) });

  const [near, far] = [await pushedAt(NOW_MS + DAY_MS), await pushedAt(NOW_MS + DAY_MS + 1_000)];

  expect([near.status, far.status]).toEqual([200, 422]);
  expect(far.text).toContain('must not be more than a day after the time of the server');
});

test.each([
  ['online', 1, 0],
  ['offline', 0, 1],
  ['online_and_offline', 1, 1],
])('to=%s writes %i online and %i offline rows', async (to, online, offline) => {
  const { status } = await post('/push', { push_source_name: SOURCE, df: aProfileFrame('c1', '2026-05-01'), to });

  expect(status).toBe(200);
  expect([fixture.store.rows.size, fixture.archive.rows.length]).toEqual([online, offline]);
});

test('the creation time of a row without one is the time of the call', async () => {
  await post('/push', { push_source_name: SOURCE, df: aProfileFrame('c1', '2026-05-01'), to: 'offline' });

  expect(fixture.archive.rows[0]?.createdAt).toEqual({ seconds: NOW_MS / 1_000, nanos: 0 });
});

test('an unknown push source is reported with its class', async () => {
  const { status, text } = await post('/push', { push_source_name: 'nope', df: aProfileFrame('c', '2026-05-01') });

  expect(status).toBe(422);
  expect(JSON.parse(JSON.parse(text) as string)).toEqual({
    module: 'feast.errors',
    class: 'PushSourceNotFoundException',
    message: "Unable to find push source 'nope'.",
  });
});

test.each([
  ['/push', { push_source_name: 'customer' }],
  ['/write-to-online-store', { feature_view_name: 'customer' }],
  ['/write-to-online-store', { feature_view_name: 'transaction' }],
])('rows for a computed view are refused over %s, and the error names the alternative', async (url, target) => {
  const { status, text } = await post(url, { ...target, df: aProfileFrame('c1', '2026-05-01') });

  expect(status).toBe(422);
  expect(JSON.parse(JSON.parse(text) as string)).toMatchObject({
    class: 'FeastError',
    message: expect.stringMatching(/Publish the transactions to the topic "transactions"/) as string,
  });
});

const frame = aProfileFrame('c1', '2026-05-01');
const { credit_limit: _left, ...withoutLimit } = frame;
test.each([
  ['a missing feature', withoutLimit, ['body', 'df', 'credit_limit']],
  ['no time', { ...frame, event_timestamp: undefined }, ['body', 'df', 'event_timestamp']],
  ['a null time', { ...frame, event_timestamp: [null] }, ['body', 'df', 'event_timestamp', 0]],
  ['a time beyond 2262', { ...frame, event_timestamp: ['9999-01-01'] }, ['body', 'df', 'event_timestamp', 0]],
  ['a created that is not a time', { ...frame, created: ['soon'] }, ['body', 'df', 'created', 0]],
  ['no key', { ...frame, customer_id: undefined }, ['body', 'df', 'customer_id']],
  ['an empty key', { ...frame, customer_id: [''] }, ['body', 'df', 'customer_id', 0]],
  ['a key with NUL', { ...frame, customer_id: ['a\0b'] }, ['body', 'df', 'customer_id', 0]],
  ['a text for a double', { ...frame, credit_limit: ['much'] }, ['body', 'df', 'credit_limit', 0]],
  ['a number for a string', { ...frame, risk_segment: [5] }, ['body', 'df', 'risk_segment', 0]],
  ['half a surrogate pair', { ...frame, risk_segment: ['\ud800'] }, ['body', 'df', 'risk_segment', 0]],
  ['a number for a bool', { ...frame, is_business: [1] }, ['body', 'df', 'is_business', 0]],
  ['unequal columns', { ...frame, risk_segment: ['a', 'b'] }, ['body', 'df', 'risk_segment']],
  ['no rows', { ...frame, event_timestamp: [] }, ['body', 'df']],
  ['a frame that is not an object', 'rows', ['body', 'df']],
])('%s: 422 with the place', async (_name, df, location) => {
  const { status, text } = await post('/push', { push_source_name: SOURCE, df });

  expect(status).toBe(422);
  expect(JSON.parse(text)).toMatchObject({ detail: [{ loc: location }] });
  expect(fixture.store.rows.size).toBe(0);
});

test.each([
  ['/push', 'customer_id', '4111111111111111'],
  ['/push', 'customer_id', 4_111_111_111_111_111],
  ['/push', 'customer_id', 'c-4111-1111-1111-1111'],
  ['/push', 'risk_segment', 'paid with 4111 1111 1111 1111'],
  ['/push', 'risk_segment', '\u0664\u0661' + '\u0661'.repeat(14)],
  ['/write-to-online-store', 'customer_id', '378282246310005'],
  ['/write-to-online-store', 'risk_segment', '4111.1111.1111.1111'],
])(
  '%s refuses a card number in %s with column and row, does not repeat it and stores nothing',
  async (url, column, value) => {
    const good = aProfileFrame('c1', '2026-05-01');
    const df = Object.fromEntries(
      Object.entries(good).map(([name, [cell]]) => [name, [cell, name === column ? value : cell]]),
    );
    const target =
      url === '/push' ? { push_source_name: SOURCE, to: 'online_and_offline' } : { feature_view_name: VIEW };

    const { status, text } = await post(url, { ...target, df });

    expect(status).toBe(422);
    expect(JSON.parse(text)).toEqual({
      detail: [
        {
          type: `${column}_is_card_number`,
          loc: ['body', 'df', column, 1],
          msg: 'holds a card number; send an id of your own, or a token',
        },
      ],
    });
    expect([fixture.store.rows.size, fixture.archive.rows.length]).toEqual([0, 0]);
  },
);

describe('if the operator keeps values that look like card numbers', () => {
  const look = '4111111111111111';

  beforeEach(async () => {
    await http.close();
    fixture = aServingFixture(100, 'keep');
    http = fastify();
    await http.register(feastHttpPlugin(fixture.get(FeastHttpParts)));
  });

  test.each([
    ['/push', { push_source_name: SOURCE, to: 'online_and_offline' }, 1],
    ['/write-to-online-store', { feature_view_name: VIEW }, 0],
  ])('%s stores them unchanged in entity ids and text', async (url, target, archived) => {
    const df = { ...aProfileFrame(look, '2026-05-01'), risk_segment: [look] };

    const { status } = await post(url, { ...target, df });

    expect(status).toBe(200);
    expect(columnsOf(await profile(look))).toEqual([look, 1500, look, false, 1_500_000_000]);
    expect(fixture.archive.rows).toHaveLength(archived);
  });

  test('an error about another column does not repeat them', async () => {
    const df = { ...aProfileFrame(look, '2026-05-01'), risk_segment: [look], is_business: [look] };

    const { status, text } = await post('/push', { push_source_name: SOURCE, df });

    expect(status).toBe(422);
    expect(text).toContain('is_business');
    expect(text).not.toContain('1111');
  });
});

test('a UUID, an event time and a number with a wrong check digit do not count as card numbers', async () => {
  const df = {
    ...aProfileFrame('41111111-1111-4111-a66c-f2db26efb20c', '2026-05-01'),
    risk_segment: ['4111111111111112'],
  };

  expect((await post('/push', { push_source_name: SOURCE, df })).status).toBe(200);
});

test('a read of an entity whose id is a card number finds nothing, and nothing is stored', async () => {
  const found = await profile('4111111111111111');

  expect(found).toMatchObject({ results: [{}, { statuses: ['NOT_FOUND'] }, {}, {}, {}] });
  expect([fixture.store.rows.size, fixture.archive.rows.length]).toEqual([0, 0]);
});

test('an unknown target is refused with the text of Feast', async () => {
  const { status, text } = await post('/push', { push_source_name: SOURCE, df: frame, to: 'moon' });

  expect(status).toBe(422);
  expect(text).toContain('moon is not a supported push format');
});

test('columns of other views are ignored and nulls are kept', async () => {
  await post('/push', { push_source_name: SOURCE, df: { ...frame, risk_segment: [null], shoe_size: [41] } });

  expect(columnsOf(await profile('c1'))).toEqual(['c1', 1500, null, false, 1_500_000_000]);
});

test('an unknown entity of a pushed view is not found', async () => {
  expect(await profile('c9')).toMatchObject({
    results: [{}, { values: [null], statuses: ['NOT_FOUND'], event_timestamps: ['1970-01-01T00:00:00Z'] }, {}, {}, {}],
  });
});

test('by default a value older than its ttl is null, with the status OUTSIDE_MAX_AGE', async () => {
  await post('/push', { push_source_name: SOURCE, df: aProfileFrame('c1', '2020-01-01') });

  expect(await profile('c1')).toMatchObject({
    results: [
      {},
      { values: [null], statuses: ['OUTSIDE_MAX_AGE'], event_timestamps: ['2020-01-01T00:00:00Z'] },
      {},
      {},
      {},
    ],
  });
});

test('materialize calls of views that are already online get the responses of Feast', async () => {
  const range = { start_ts: '2026-04-01T00:00:00+00:00', end_ts: '2026-05-01T00:00:00' };

  expect(await post('/materialize', range)).toEqual({ status: 200, text: 'null' });
  expect(await post('/materialize', { disable_event_timestamp: true })).toEqual({ status: 200, text: 'null' });
  expect(await post('/materialize-incremental', { end_ts: range.end_ts })).toEqual({ status: 200, text: 'null' });
  const accepted = await post('/materialize?async=true', { ...range, feature_views: ['customer'] });
  expect(accepted).toEqual({ status: 202, text: '{"status":"accepted","feature_views":["customer"]}' });
  const all = await post('/materialize?async=true&force=true', range);
  const stored = FEATURE_REPOSITORY.views.filter(({ kind }) => kind !== 'request').map(({ name }) => name);
  expect(JSON.parse(all.text)).toMatchObject({ feature_views: stored });
});

test.each([
  ['/materialize', { start_ts: '2026-05-01', end_ts: '2026-05-02', feature_views: ['nope'] }, 404],
  ['/materialize-incremental', { end_ts: '2026-05-02', feature_views: ['nope'] }, 404],
  ['/materialize', { start_ts: '2026-05-01', end_ts: '2026-05-02', feature_views: ['customer'], version: 'v2' }, 404],
  ['/materialize', { start_ts: '2026-05-02', end_ts: '2026-05-01' }, 422],
  ['/materialize', { start_ts: 'soon', end_ts: '2026-05-01' }, 422],
  ['/materialize', {}, 422],
  ['/materialize-incremental', {}, 422],
  ['/materialize', { start_ts: '2026-05-01', end_ts: '2026-05-02', version: 'v2' }, 422],
])('the response to %s of %j is %i', async (url, body, httpStatus) => {
  expect((await post(url, body)).status).toBe(httpStatus);
});

test('rows pushed offline only are online after their time was materialized, the newest of each entity', async () => {
  const pushedAt = (at: string, limit: number): ReturnType<typeof post> =>
    post('/push', { push_source_name: SOURCE, df: aProfileFrame('c1', at, limit), to: 'offline' });
  await pushedAt('2026-04-20T00:00:00', 2);
  await pushedAt('2026-04-10T00:00:00', 1);
  await pushedAt('2026-04-30T00:00:00', 3);
  const limit = (): unknown => fixture.store.rows.get(`${VIEW}/c1`)?.values[0];
  const before = limit();

  await post('/materialize', { start_ts: '2026-04-05', end_ts: '2026-04-25' });
  const first = limit();
  await post('/materialize-incremental', { end_ts: '2026-05-01', feature_views: [VIEW] });
  const second = limit();
  await post('/materialize', { start_ts: '2026-04-05', end_ts: '2026-04-25' });

  expect([before, first, second, limit()]).toEqual([undefined, 2, 3, 3]);
});

test.each(['/push', '/write-to-online-store', '/materialize', '/materialize-incremental'])(
  'a web page cannot call %s: any type other than JSON is refused before the body is read',
  async (url) => {
    const payload = JSON.stringify({ push_source_name: SOURCE, df: aProfileFrame('c1', '2026-05-01') });

    const response = await http.inject({ method: 'POST', url, payload, headers: { 'content-type': 'text/plain' } });

    expect(response.statusCode).toBe(415);
    expect(response.payload).toContain('application/json');
    expect(fixture.store.rows.size).toBe(0);
  },
);
