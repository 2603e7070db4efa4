import { headerText, readTopic } from '@fraudflow/messaging';
import { callUnary } from '@fraudflow/rpc';
import { expect, test } from 'vitest';
import {
  aLabel,
  anIntake,
  aTransaction,
  CARD,
  cards,
  MAX_RECORD_BYTES,
  NOW_MS,
  sized,
} from '../../test/intake-fixture.js';

test('a transaction sent over REST is in the log when the response is sent', async () => {
  const { post, published } = await anIntake();

  expect(await post('transactions', aTransaction())).toMatchObject({
    status: 202,
    body: { accepted: 1, rejections: [] },
  });

  expect((await published('transactions')).map((json) => JSON.parse(json) as unknown)).toEqual([aTransaction()]);
});

test('over REST and gRPC the record keeps 64-bit numbers and __proto__, as over Kafka', async () => {
  const { post, published, client } = await anIntake();
  const json = `${JSON.stringify(aTransaction()).slice(0, -1)},"trace":1848262534971330561,"__proto__":{"risk":7}}`;

  await post('transactions', json);
  const request = { transactions: [Buffer.from(json)] };
  await callUnary('IngestTransactions', client.ingestTransactions.bind(client), request, 5_000);

  const values = await published('transactions');
  expect(values).toHaveLength(2);
  for (const value of values) expect(value).toMatch(/"trace":"1848262534971330561","__proto__":\{"risk":7\}/);
});

test('no card number reaches the input topics through REST, in values or in names, of transactions or labels', async () => {
  const { post, published } = await anIntake();

  await post('transactions', aTransaction({ card_number: CARD, memo: '4111.1111.1111.1111', [CARD]: 1 }));
  await post('labels', aLabel({ note: '4111 1111 1111 1111', [CARD]: [{ deep: Number(CARD) }] }));

  const [transaction] = await published('transactions');
  const [label] = await published('labels');
  expect(JSON.parse(transaction ?? '')).toMatchObject({ card_token: cards.tokenise(CARD) });
  expect(`${transaction} ${label}`).not.toMatch(/4111|1111/);
  expect(label).toContain(cards.tokenise(CARD));
});

test.each([
  ['transactions', aTransaction({ amount: '12' }), 'AMOUNT_INVALID', 'amount'],
  ['transactions', aTransaction({ customer_id: CARD }), 'CUSTOMER_ID_IS_CARD_NUMBER', 'customer_id'],
  ['transactions', aTransaction({ currency: 'USD' }), 'CURRENCY_RATE_UNKNOWN', 'currency'],
  ['transactions', '{"a":', 'JSON_INVALID', undefined],
  ['transactions', '"text"', 'JSON_NOT_AN_OBJECT', undefined],
  ['transactions', '[]', 'ITEM_COUNT_INVALID', undefined],
  ['transactions', `{"x":${'['.repeat(900)}${']'.repeat(900)}}`, 'TRANSACTION_ID_MISSING', 'transaction_id'],
  ['labels', aLabel({ labelled_at: '9999-12-31T00:00:00Z' }), 'LABELLED_AT_IN_FUTURE', 'labelled_at'],
  ['labels', aLabel({ occurred_at: '0001-01-10T00:00:00Z' }), 'OCCURRED_AT_TOO_OLD', 'occurred_at'],
  ['labels', aLabel({ transaction_id: CARD }), 'TRANSACTION_ID_IS_CARD_NUMBER', 'transaction_id'],
])('over REST %s %j is a 400 with %s', async (path, body, code, field) => {
  const { post, published } = await anIntake();

  const response = await post(path, body);

  expect(response.status).toBe(400);
  expect(response.body['code']).toBe(code);
  expect(response.body['field']).toBe(field);
  expect(await published(path)).toEqual([]);
});

test('an item that is nested too deeply is refused individually', async () => {
  const { post } = await anIntake();
  const deep = `${JSON.stringify(aTransaction()).slice(0, -1)},"x":${'['.repeat(800)}${']'.repeat(800)}}`;

  const { status, body } = await post('transactions', `[${deep},${JSON.stringify(aTransaction())}]`);

  expect(status).toBe(202);
  expect(body).toMatchObject({ accepted: 1, rejections: [{ index: 0, code: 'JSON_TOO_DEEP' }] });
});

test('at every size around the limit, REST and gRPC accept exactly what the consumer of the topic accepts', async () => {
  const { post, client, published, reader } = await anIntake();
  const sizes = Array.from({ length: 40 }, (_, step) => MAX_RECORD_BYTES - 20 + step);
  const variants = [{}, { card_number: CARD }, { memo: CARD }, { big: 1e20 }];
  const records = variants.flatMap((changes) => sizes.map((bytes) => sized(bytes, changes)));

  for (const record of records) {
    const fits = record.length <= MAX_RECORD_BYTES;
    const { status, body } = await post('transactions', record);
    const request = { transactions: [Buffer.from(record)] };
    const response = await callUnary('IngestTransactions', client.ingestTransactions.bind(client), request, 5_000);

    expect(response.accepted).toBe(status === 202 ? 1 : 0);
    if (status !== 202) expect(body['code']).toBe('RECORD_TOO_LARGE');
    if (!fits) expect(status).toBe(400);
    if (fits && !record.includes(CARD)) expect(status).toBe(202);
  }

  const accepted = await published('transactions');
  expect(accepted.length).toBeGreaterThan(80);
  for (const value of accepted) {
    const bytes = Buffer.from(value);
    expect(() => reader.transaction(reader.decode(bytes), bytes.length, NOW_MS)).not.toThrow();
  }
});

test('labels are accepted up to exactly the size limit', async () => {
  const { post, published } = await anIntake();
  const empty = JSON.stringify(aLabel({ note: '' })).length;
  const label = (bytes: number): Record<string, unknown> => aLabel({ note: 'x'.repeat(bytes - empty) });

  const answers = [
    await post('labels', label(MAX_RECORD_BYTES)),
    await post('labels', label(MAX_RECORD_BYTES + 1)),
    await post('labels', JSON.stringify(label(MAX_RECORD_BYTES - 1)).replace('{', '{ ')),
  ];

  expect(answers.map(({ status, body }) => [status, body['code']])).toEqual([
    [202, undefined],
    [400, 'RECORD_TOO_LARGE'],
    [202, undefined],
  ]);
  expect(await published('labels')).toHaveLength(2);
});

test('in a batch the limit applies to each item', async () => {
  const { post, published } = await anIntake();

  const { body } = await post('transactions', `[${sized(MAX_RECORD_BYTES)},${sized(MAX_RECORD_BYTES + 1)}]`);

  expect(body).toMatchObject({ accepted: 1, rejections: [{ index: 1, code: 'RECORD_TOO_LARGE' }] });
  expect(await published('transactions')).toHaveLength(1);
});

test('gRPC items that are not JSON are refused with their position', async () => {
  const { client } = await anIntake();
  const request = { labels: [Buffer.from('{'), Buffer.from([0xff]), Buffer.from(JSON.stringify(aLabel()))] };

  const response = await callUnary('IngestLabels', client.ingestLabels.bind(client), request, 5_000);

  expect(response.accepted).toBe(1);
  expect(response.rejections.map(({ index, code }) => [index, code])).toEqual([
    [0, 'JSON_INVALID'],
    [1, 'ENCODING_INVALID'],
  ]);
});

test('above the limit of waiting calls REST responds 503 with Retry-After, and gRPC RESOURCE_EXHAUSTED', async () => {
  const { post, client, producer } = await anIntake({ maxCalls: 1 });
  let release: () => void = () => undefined;
  const began = new Promise<void>((resolve) => {
    producer.raw.write = () => {
      resolve();
      return new Promise((done) => (release = done));
    };
  });
  const first = post('transactions', aTransaction());
  await began;

  const refused = await post('transactions', aTransaction());
  const request = { transactions: [Buffer.from(JSON.stringify(aTransaction()))] };
  const overGrpc = callUnary('IngestTransactions', client.ingestTransactions.bind(client), request, 5_000);

  expect(refused).toMatchObject({ status: 503, retryAfter: '1', body: { code: 'INTAKE_OVERLOADED' } });
  await expect(overGrpc).rejects.toMatchObject({ kind: 'resource_exhausted', code: 'INTAKE_OVERLOADED' });
  release();
  expect((await first).status).toBe(202);
});

test('a call ends at its time limit although Kafka does not answer', async () => {
  const { post, producer } = await anIntake({ timeoutMs: 1 });
  producer.raw.write = () => new Promise(() => undefined);

  expect(await post('transactions', aTransaction())).toMatchObject({ status: 504, body: { code: 'INTAKE_TIMEOUT' } });
});

test('a new rate applies immediately and is listed', async () => {
  const { call, post, published } = await anIntake();

  const stated = await call('PUT', 'rates', { currency: 'USD', rate: 0.9, effective_at: '2026-04-30T02:00:00+02:00' });
  const foreign = await post('transactions', aTransaction({ currency: 'USD' }));
  const listed = await call('GET', 'rates?currency=USD&at=2026-04-30T12:00:00Z');

  expect(stated).toMatchObject({ status: 200, body: { accepted: 1 } });
  expect(foreign.status).toBe(202);
  const usd = { currency: 'USD', base_currency: 'EUR', rate: '0.9', effective_at: '2026-04-30T00:00:00.000Z' };
  expect(listed.body).toEqual({ base_currency: 'EUR', rates: [usd] });
  expect(JSON.parse((await published('currency.rates'))[0] ?? '')).toEqual(usd);
});

test.each([
  [{ currency: 'USD', rate: '0' }, 'RATE_INVALID'],
  [{ currency: 'USD', rate: 1e-7 }, 'RATE_INVALID'],
  [{ currency: 'USD' }, 'RATE_MISSING'],
  [{ currency: 'EUR', rate: '1' }, 'CURRENCY_INVALID'],
  [{ currency: 'XAU', rate: '1' }, 'CURRENCY_INVALID'],
  [{ currency: 'USD', base_currency: 'GBP', rate: '1' }, 'BASE_CURRENCY_DIFFERS'],
  [{ currency: 'USD', rate: '1', effective_at: '9999-01-01T00:00:00Z' }, 'EFFECTIVE_AT_IN_FUTURE'],
  [{ currency: 'USD', rate: '1', effective_at: 'now' }, 'EFFECTIVE_AT_INVALID'],
])('the rate %j is refused as %s', async (rate, code) => {
  const { call, rates } = await anIntake();

  expect(await call('PUT', 'rates', rate)).toMatchObject({ status: 400, body: { code } });
  expect(rates.size).toBe(0);
});

test.each(['currency=usd', 'at=soon', 'limit=0', 'currency=EUR&currency=USD'])(
  'rates are not listed for ?%s',
  async (query) => {
    const { call } = await anIntake();

    expect((await call('GET', `rates?${query}`)).status).toBe(400);
  },
);

test('a body of another type is refused', async () => {
  const { call } = await anIntake();

  expect((await call('POST', 'transactions', JSON.stringify(aTransaction()), 'text/plain')).status).toBe(415);
  expect((await call('POST', 'transactions')).status).toBe(400);
});

test('records carry the id and the event time in their headers', async () => {
  const { post, bus } = await anIntake();

  await post('transactions', aTransaction({ occurred_at: '2026-04-30T23:30:00+02:00' }));

  for await (const { raw } of readTopic(bus.admin, 'transactions', { until: 'end' })) {
    expect(headerText(raw, 'event-id')).toBe('t1');
    expect(headerText(raw, 'occurred-at')).toBe('2026-04-30T21:30:00.000Z');
  }
});

test('a request of a thousand invalid items is answered with one rejection per item', async () => {
  const { post } = await anIntake();

  const { status, body } = await post('transactions', `[${Array(1_000).fill('{}').join(',')}]`);

  expect(status).toBe(202);
  expect(body['rejections']).toHaveLength(1_000);
});

test('the event loop turns at least once for every fifty items of a request while they are checked', async () => {
  const { intake } = await anIntake();
  let turns = 0;
  let isDone = false;
  const count = (): void => {
    turns++;
    if (!isDone) setImmediate(count);
  };

  setImmediate(count);
  const { rejections } = await intake.transactions(Array<Buffer>(1_000).fill(Buffer.from('{}')));
  isDone = true;

  expect(rejections).toHaveLength(1_000);
  expect(turns).toBeGreaterThanOrEqual(19);
});

test.each([15_000, 150_000])('a gRPC call of %d empty items is refused before they are decoded', async (items) => {
  const { client } = await anIntake();
  const request = { transactions: Array<Buffer>(items).fill(Buffer.alloc(0)) };

  await expect(
    callUnary('IngestTransactions', client.ingestTransactions.bind(client), request, 5_000),
  ).rejects.toMatchObject({ kind: 'invalid_input', code: 'REQUEST_TOO_LARGE' });
});
