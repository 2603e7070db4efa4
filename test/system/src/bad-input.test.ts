import {
  deadLetterTopicName,
  HEADERS,
  ingestionV1,
  labelsTopic,
  scoringV1,
  transactionsTopic,
} from '@fraudflow/contracts';
import { Secret } from '@fraudflow/config';
import { defined } from '@fraudflow/core';
import { type DecodedRecord, headerText, type OutgoingRecord } from '@fraudflow/messaging';
import { silentLogger } from '@fraudflow/observability';
import { connectPostgres } from '@fraudflow/postgres';
import { callUnary, createGrpcClient } from '@fraudflow/rpc';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { badRecords } from './bad-records.js';
import { cardPattern, cardsInLogs, cardsOnTopics } from './card-traces.js';
import { GoodTransactions, transactionBody, transactionJson, type TransactionSeed } from './good-transactions.js';
import { recordCount, type RunningSystem, startSystem } from './running-system.js';
import { metricOf } from './service-metrics.js';
import { recordsOf, transactionCounts } from './topic-records.js';
import { waitFor } from './wait-for.js';

const INVALID_ARGUMENT = 3;
const UNAVAILABLE = 14;
const CALL_DEADLINE_MS = 10_000;
/** One after the other, so that good and bad records share a partition and its order. */
const PARTITION = 0;
/** Test numbers of the card schemes; Luhn-valid, issued to nobody. */
const CARDS = ['4111111111111111', '5500005555555559', '378282246310005'];

let system: RunningSystem;

beforeAll(async () => {
  system = await startSystem(['ingestion', 'feature-store', 'registry', 'scorer'], {
    // Long enough for a slow machine to bring the transaction, short enough to wait for its end.
    FRAUDFLOW_INGESTION_LABEL_WAIT: '15s',
    FRAUDFLOW_INGESTION_LABEL_RETRY_EVERY: '250ms',
  });
});

afterAll(() => system?.stop());

describe('bad records among good ones on one partition of transactions', () => {
  const good = new GoodTransactions('kafka');
  const bad = badRecords(new GoodTransactions('bad').next);
  const goodIds: string[] = [];
  let firstOffset: number;

  beforeAll(async () => {
    firstOffset = (await system.bus.admin.offsets(transactionsTopic.name))[PARTITION]?.end ?? 0;
    // A good one before, between and after all bad ones: good records stand at even places.
    const records = bad.flatMap(({ value }) => [value, Buffer.from(nextGood())]);
    await write(transactionsTopic.name, [Buffer.from(nextGood()), ...records]);
    await untilFeaturesOf(goodIds);
  });

  test('every good one gets its features, once', async () => {
    const counts = await transactionCounts(system.bus.admin, 'features');

    expect(goodIds.map((id) => [id, counts.get(id)])).toEqual(goodIds.map((id) => [id, 1]));
    expect([...counts.keys()].filter((id) => id.startsWith('bad'))).toEqual([]);
  });

  test.each(bad.map((record, index) => ({ ...record, index })))(
    '$what is dead-lettered once, byte for byte, with $code',
    async ({ value, code, field, index }) => {
      const offset = firstOffset + 2 * index + 1;

      const letters = await deadLettersOf(transactionsTopic.name, offset);

      expect(letters).toHaveLength(1);
      expect(letters[0]?.value?.equals(value)).toBe(true);
      expect(whyDead(letters[0])).toEqual({
        topic: transactionsTopic.name,
        partition: String(PARTITION),
        code,
        field,
        attempts: '1',
        hasReason: true,
      });
    },
  );

  test('each is counted by its code', async () => {
    const codes = [...new Set(bad.map(({ code }) => code))];

    const counted = await Promise.all(codes.map((code) => deadLettersCounted(transactionsTopic.name, code)));

    expect(counted).toEqual(codes.map((code) => bad.filter((record) => record.code === code).length));
  });

  function nextGood(): string {
    const seed = good.next();
    goodIds.push(seed.id);
    return transactionJson(seed);
  }
});

describe('card numbers', () => {
  const good = new GoodTransactions('card');
  const [visa = '', master = '', amex = ''] = CARDS;
  const spaced = visa.replace(/(\d{4})(?=\d)/g, '$1 ');
  const carriers = [
    { what: 'a card field', value: Buffer.from(json({ card_number: visa, amount: -1 })) },
    { what: 'text cut off in the middle', value: Buffer.from(`{"pan":"${spaced}","amount":`) },
    { what: 'a bare number beside bytes that are no text', value: Buffer.from(`\xff ${master}`, 'latin1') },
    { what: 'a number followed by its expiry date', value: Buffer.from(json({ note: `${spaced} 12/27`, amount: -1 })) },
    { what: 'two numbers side by side', value: Buffer.from(json({ note: `${amex} ${master}`, amount: -1 })) },
    { what: 'a key', value: Buffer.from(json({ amount: -1 })), key: visa },
    { what: 'a header', value: Buffer.from(json({ amount: -1 })), headers: { pan: master } },
  ];
  let firstOffset: number;
  let goodSeed: TransactionSeed;

  beforeAll(async () => {
    firstOffset = (await system.bus.admin.offsets(transactionsTopic.name))[PARTITION]?.end ?? 0;
    goodSeed = good.next();
    const kept = {
      ...transactionBody(goodSeed),
      card_number: spaced,
      note: `paid with ${amex}`,
      digits: Number(master),
    };
    await write(transactionsTopic.name, [...carriers, { value: Buffer.from(JSON.stringify(kept)) }]);
    await untilFeaturesOf([goodSeed.id]);
  });

  test.each(carriers.map(({ what }, index) => ({ what, index })))(
    'in $what of a bad record does not reach the dead letters',
    async ({ index }) => {
      const letters = await deadLettersOf(transactionsTopic.name, firstOffset + index);

      expect(letters).toHaveLength(1);
      const exposed = await cardsOnTopics(system, CARDS);
      expect(exposed).not.toContain(`${letters[0]?.topic}:${letters[0]?.partition}:${letters[0]?.offset}`);
    },
  );

  test('in good records come out as tokens', async () => {
    const events = (await recordsOf(system.bus.admin, 'features')).map(({ value }) => String(value));

    expect(events.find((event) => event.includes(`"${goodSeed.id}"`))).toMatch(/"card_token":"v1\.[\w-]{43}"/);
  });

  test('in a label do not rest in the store while it waits', async () => {
    const label = { transaction_id: 'card-unknown', is_fraud: true, labelled_at: '2025-06-08T00:00:00Z', note: spaced };
    await write(labelsTopic.name, [Buffer.from(JSON.stringify(label))]);

    const rows = await waitFor(
      'the label to be parked',
      () => waitingLabels('card-unknown'),
      (found) => found.length > 0,
      30_000,
    );

    expect(rows).toHaveLength(1);
    expect(CARDS.filter((digits) => cardPattern(digits).test(rows.join('\n')))).toEqual([]);
  });

  /** Every waiting label of a transaction as text, its bytes included. */
  async function waitingLabels(transactionId: string): Promise<readonly string[]> {
    const url = new Secret(system.stack.addresses.postgresUrl);
    const pool = await connectPostgres({ url, poolSize: 1, logger: silentLogger });
    try {
      const { rows } = await pool.query<{ text: string }>(
        `SELECT label::text || encode(bytes, 'escape') AS text FROM ingestion.waiting_labels
         WHERE label->>'transaction_id' = $1`,
        [transactionId],
      );
      return rows.map(({ text }) => text);
    } finally {
      await pool.end();
    }
  }

  function json(change: Readonly<Record<string, unknown>>): string {
    return JSON.stringify({ ...transactionBody(good.next()), ...change });
  }
});

describe('labels', () => {
  const good = new GoodTransactions('labelled');

  test('one whose transaction is not known yet waits and is joined when it comes', async () => {
    const seed = good.next();
    const parkedBefore = await labelsCounted('parked');
    await write(labelsTopic.name, [Buffer.from(labelJson(seed.id))]);
    await waitFor(
      'the label to be parked',
      () => labelsCounted('parked'),
      (count) => count > parkedBefore,
      30_000,
    );

    await write(transactionsTopic.name, [Buffer.from(transactionJson(seed))]);
    const joined = await waitFor(
      'the joined label',
      () => validatedLabels(seed.id),
      (labels) => labels.length > 0,
      60_000,
    );

    expect(joined).toEqual([
      {
        transaction_id: seed.id,
        is_fraud: true,
        labelled_at: '2025-06-08T00:00:00.000Z',
        source: 'analyst',
        customer_id: seed.customer,
        terminal_id: seed.terminal,
        occurred_at: new Date(seed.atMs).toISOString(),
      },
    ]);
  });

  test('one whose transaction never comes ends as a dead letter, byte for byte', async () => {
    const bytes = Buffer.from(labelJson('never-sent'));
    const [offset = -1] = await write(labelsTopic.name, [bytes]);

    const letters = await waitFor(
      'the dead letter',
      () => deadLettersOf(labelsTopic.name, offset),
      (found) => found.length > 0,
      60_000,
    );

    expect(letters).toHaveLength(1);
    expect(letters[0]?.value?.equals(bytes)).toBe(true);
    expect(whyDead(letters[0])).toMatchObject({ code: 'TRANSACTION_UNKNOWN', field: 'transaction_id' });
    expect(await validatedLabels('never-sent')).toEqual([]);
    expect(await labelsCounted('expired')).toBeGreaterThanOrEqual(1);
  });

  test.each([
    { what: 'no transaction', change: { transaction_id: undefined }, code: 'TRANSACTION_ID_MISSING' },
    { what: 'a verdict as text', change: { is_fraud: 'yes' }, code: 'IS_FRAUD_INVALID' },
    { what: 'an unknown source', change: { source: 'rumour' }, code: 'SOURCE_INVALID' },
    {
      what: 'a time before its transaction',
      change: { occurred_at: '2025-07-01T00:00:00Z' },
      code: 'LABELLED_AT_INVALID',
    },
  ])('one with $what is dead-lettered with $code and counted', async ({ change, code }) => {
    const bytes = Buffer.from(JSON.stringify({ ...(JSON.parse(labelJson('any')) as object), ...change }));
    const [offset = -1] = await write(labelsTopic.name, [bytes]);

    const letters = await waitFor(
      'the dead letter',
      () => deadLettersOf(labelsTopic.name, offset),
      (found) => found.length > 0,
      30_000,
    );

    expect(letters).toHaveLength(1);
    expect(letters[0]?.value?.equals(bytes)).toBe(true);
    expect(whyDead(letters[0])).toMatchObject({ topic: labelsTopic.name, code });
    expect(await deadLettersCounted(labelsTopic.name, code)).toBe(1);
  });

  function labelJson(transactionId: string): string {
    // Blanks and a field of the producer's own: what comes back must be these bytes, not ours.
    return `{ "transaction_id": "${transactionId}", "is_fraud": true,  "labelled_at": "2025-06-08T00:00:00Z", "source": "analyst", "case": 7 }`;
  }

  async function validatedLabels(transactionId: string): Promise<readonly { transaction_id: string }[]> {
    const records = await recordsOf(system.bus.admin, 'labels.validated');
    return records
      .map(({ value }) => JSON.parse(String(value)) as { transaction_id: string })
      .filter((label) => label.transaction_id === transactionId);
  }
});

describe('REST of ingestion', () => {
  const good = new GoodTransactions('rest');

  test.each([
    { what: 'a negative amount', change: { amount: -1 }, field: 'amount', code: 'AMOUNT_INVALID' },
    { what: 'no customer', change: { customer_id: undefined }, field: 'customer_id', code: 'CUSTOMER_ID_MISSING' },
    { what: 'an unknown currency', change: { currency: 'QQQ' }, field: 'currency', code: 'CURRENCY_INVALID' },
    {
      what: 'a far future',
      change: { occurred_at: '2999-01-01T00:00:00Z' },
      field: 'occurred_at',
      code: 'OCCURRED_AT_IN_FUTURE',
    },
  ])('answers 400 that names the field for $what', async ({ change, field, code }) => {
    const answer = await post(ingestionUrl('/v1/transactions'), { ...transactionBody(good.next()), ...change });

    expect(answer).toMatchObject({ status: 400, type: 'application/problem+json', body: { status: 400, field, code } });
  });

  test('answers 400 for a body that is no JSON, or no object', async () => {
    const broken = await post(ingestionUrl('/v1/transactions'), '{"transaction_id": ');
    const text = await post(ingestionUrl('/v1/transactions'), '"transaction"');

    expect([broken, text].map(({ status, type }) => [status, type])).toEqual([
      [400, 'application/problem+json'],
      [400, 'application/problem+json'],
    ]);
  });

  test('takes the good ones of a batch and tells which are bad and why', async () => {
    const before = await recordCount(system.bus, transactionsTopic.name);
    const [first, second, third] = [good.next(), good.next(), good.next()];
    const batch = [transactionBody(first), { ...transactionBody(second), amount: 'much' }, transactionBody(third)];

    const answer = await post(ingestionUrl('/v1/transactions'), batch);
    await untilFeaturesOf([first.id, third.id]);

    expect(answer).toMatchObject({
      status: 202,
      body: { accepted: 2, rejections: [{ index: 1, code: 'AMOUNT_INVALID', field: 'amount' }] },
    });
    expect(await recordCount(system.bus, transactionsTopic.name)).toBe(before + 2);
  });

  test('publishes a card number as a token only', async () => {
    const seed = good.next();

    const answer = await post(ingestionUrl('/v1/transactions'), { ...transactionBody(seed), card_number: CARDS[0] });

    expect(answer.status).toBe(202);
    const sent = (await recordsOf(system.bus.admin, transactionsTopic.name)).find(({ value }) =>
      value?.includes(`"${seed.id}"`),
    );
    expect(String(sent?.value)).toMatch(/"card_token":"v1\./);
    expect(String(sent?.value)).not.toContain(CARDS[0]);
  });

  test('answers 400 that names the field for a label', async () => {
    const answer = await post(ingestionUrl('/v1/labels'), {
      transaction_id: 't1',
      is_fraud: 'yes',
      labelled_at: 'soon',
    });

    expect(answer).toMatchObject({ status: 400, type: 'application/problem+json', body: { field: 'is_fraud' } });
  });

  test('over gRPC each bad item is told by its position', async () => {
    const client = createGrpcClient(ingestionV1.IngestionServiceClient, grpcAddress('ingestion'));
    const transactions = ['{', JSON.stringify({ ...transactionBody(good.next()), amount: -1 })].map((t) =>
      Buffer.from(t),
    );

    const method = client.ingestTransactions.bind(client);
    const answer = await callUnary('IngestTransactions', method, { transactions }, CALL_DEADLINE_MS);
    client.close();

    expect(answer).toMatchObject({
      accepted: 0,
      rejections: [
        { index: 0, code: 'JSON_NOT_AN_OBJECT' },
        { index: 1, code: 'AMOUNT_INVALID', field: 'amount' },
      ],
    });
  });
});

describe('the scorer before any model', () => {
  const transaction = {
    transactionId: 'asked',
    occurredAtMs: Date.UTC(2025, 5, 2),
    customerId: 'c1',
    terminalId: 'm1',
    amountMinor: 1_250,
    currency: 'EUR',
  };
  const body = { ...transactionBody(new GoodTransactions('asked').next()) };

  test('answers UNAVAILABLE and says why', async () => {
    const call = predict({ input: { $case: 'transaction', value: transaction } });

    await expect(call).rejects.toMatchObject({
      message: expect.stringContaining('no model is loaded yet') as string,
      code: 'MODEL_NOT_LOADED',
      cause: { code: UNAVAILABLE },
    });
  });

  test.each([
    { field: 'input', request: {} },
    { field: 'transaction.amount_minor', request: asking({ amountMinor: -5 }) },
    { field: 'transaction.currency', request: asking({ currency: 'QQQ' }) },
    { field: 'transaction.customer_id', request: asking({ customerId: 'not an id' }) },
    { field: 'transaction.occurred_at_ms', request: asking({ occurredAtMs: 0 }) },
    { field: 'threshold', request: { ...asking({}), threshold: 1.5 } },
    {
      field: 'features.values.shoe_size',
      request: { input: { $case: 'features' as const, value: { values: { shoe_size: 44 } } } },
    },
  ])('answers INVALID_ARGUMENT that names $field', async ({ field, request }) => {
    await expect(predict(request)).rejects.toMatchObject({
      message: expect.stringContaining(field) as string,
      field,
      cause: { code: INVALID_ARGUMENT },
    });
  });

  test('over REST answers 503 with the same reason', async () => {
    const answer = await post(scorerUrl('/predict'), { transaction: body });

    expect(answer).toMatchObject({
      status: 503,
      type: 'application/problem+json',
      body: { code: 'MODEL_NOT_LOADED', detail: expect.stringContaining('no model is loaded yet') as string },
    });
  });

  test.each([
    { field: 'transaction.amount', sent: { transaction: { ...body, amount: -1 } } },
    { field: 'transaction.currency', sent: { transaction: { ...body, currency: 'QQQ' } } },
    { field: 'transaction.occurred_at', sent: { transaction: { ...body, occurred_at: 'yesterday' } } },
    { field: 'threshold', sent: { transaction: body, threshold: 2 } },
    { field: 'features.shoe_size', sent: { features: { shoe_size: 44 } } },
    { field: 'transaction', sent: {} },
  ])('over REST answers 400 that names $field', async ({ field, sent }) => {
    const answer = await post(scorerUrl('/predict'), sent);

    expect(answer).toMatchObject({ status: 400, type: 'application/problem+json', body: { field } });
  });

  function asking(change: Partial<typeof transaction>) {
    return { input: { $case: 'transaction' as const, value: { ...transaction, ...change } } };
  }

  async function predict(
    request: Parameters<typeof scoringV1.PredictRequest.create>[0],
  ): Promise<scoringV1.PredictResponse> {
    const client = createGrpcClient(scoringV1.ScoringServiceClient, grpcAddress('scorer'));
    try {
      const message = scoringV1.PredictRequest.create(request);
      return await callUnary('Predict', client.predict.bind(client), message, CALL_DEADLINE_MS);
    } finally {
      client.close();
    }
  }
});

describe('after all this', () => {
  test('no process has ended', () => {
    expect(Object.values(system.stack.restartCounts()).every((count) => count === 0)).toBe(true);
  });

  test('no card number stands on a topic of ours or in a log', async () => {
    expect(await cardsOnTopics(system, CARDS)).toEqual([]);
    expect(cardsInLogs(system, CARDS)).toEqual([]);
  });
});

/** Appends to the one partition in order. @returns the offsets, for nobody else writes to this partition meanwhile. */
async function write(
  topic: string,
  records: readonly (Buffer | { value: Buffer; key?: string; headers?: OutgoingRecord['headers'] })[],
): Promise<readonly number[]> {
  const firstOffset = (await system.bus.admin.offsets(topic))[PARTITION]?.end ?? 0;
  const producer = system.bus.producer();
  try {
    await producer.write(
      records.map((record) => ({
        topic,
        partition: PARTITION,
        key: null,
        headers: {},
        ...(Buffer.isBuffer(record) ? { value: record } : record),
      })),
    );
  } finally {
    await producer.close();
  }
  return records.map((_, index) => firstOffset + index);
}

async function untilFeaturesOf(ids: readonly string[]): Promise<void> {
  await waitFor(
    'the features of every good transaction',
    async () => {
      const counts = await transactionCounts(system.bus.admin, 'features');
      return ids.filter((id) => !counts.has(id));
    },
    (missing) => missing.length === 0,
    60_000,
  );
}

async function deadLettersOf(topic: string, offset: number): Promise<readonly DecodedRecord<Buffer | null>[]> {
  const letters = await recordsOf(system.bus.admin, deadLetterTopicName(topic));
  return letters.filter(
    ({ raw }) =>
      headerText(raw.headers, HEADERS.dlqPartition) === String(PARTITION) &&
      headerText(raw.headers, HEADERS.dlqOffset) === String(offset),
  );
}

function whyDead(letter: DecodedRecord<Buffer | null> | undefined): Readonly<Record<string, unknown>> {
  const header = (name: string): string | undefined => letter?.header(name);
  return {
    topic: header(HEADERS.dlqTopic),
    partition: header(HEADERS.dlqPartition),
    code: header(HEADERS.dlqErrorCode),
    field: header(HEADERS.dlqField),
    attempts: header(HEADERS.dlqAttempts),
    hasReason: (header(HEADERS.dlqReason) ?? '').length > 0,
  };
}

function deadLettersCounted(topic: string, code: string): Promise<number> {
  return metricOf(ingestionUrl(''), 'messaging_dead_letters_total', { topic, code });
}

function labelsCounted(outcome: string): Promise<number> {
  return metricOf(ingestionUrl(''), 'ingestion_labels_total', { outcome });
}

async function post(url: string, body: unknown): Promise<{ status: number; type: string | null; body: unknown }> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  const type = response.headers.get('content-type')?.split(';')[0] ?? null;
  return { status: response.status, type, body: await response.json() };
}

function ingestionUrl(path: string): string {
  return `${defined(system.stack.addresses.services['ingestion'], 'ingestion').http}${path}`;
}

function scorerUrl(path: string): string {
  return `${defined(system.stack.addresses.services['scorer'], 'scorer').http}${path}`;
}

function grpcAddress(service: string): string {
  return defined(system.stack.addresses.services[service]?.grpc, `gRPC of ${service}`);
}
