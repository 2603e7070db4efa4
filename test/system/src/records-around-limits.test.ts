import { labelsTopic, transactionsTopic } from '@fraudflow/contracts';
import { parseExactJson } from '@fraudflow/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { deadLettersOf, untilFeaturesOf, whyDead, write } from './dead-letters.js';
import { GoodTransactions, transactionBody, transactionJson } from './good-transactions.js';
import { type RunningSystem, startSystem } from './running-system.js';
import { httpUrl, post } from './service-urls.js';
import { recordsOf } from './topic-records.js';
import { waitFor } from './wait-for.js';

/** Default of FRAUDFLOW_MAX_RECORD_BYTES. */
const LIMIT = 65_536;
const CARD = '4111111111111111';

let system: RunningSystem;
const good = new GoodTransactions('limits');

beforeAll(async () => {
  system = await startSystem(['ingestion', 'feature-store']);
});

afterAll(() => system?.stop());

interface Sized {
  readonly id: string;
  readonly bytes: number;
  readonly value: Buffer;
}

/** A transaction whose JSON has exactly this many bytes. */
function sized(bytes: number, fields: Readonly<Record<string, unknown>> = {}): Sized {
  const seed = good.next();
  const body = { ...transactionBody(seed), ...fields };
  const empty = JSON.stringify({ ...body, note: '' }).length;
  return { id: seed.id, bytes, value: Buffer.from(JSON.stringify({ ...body, note: 'x'.repeat(bytes - empty) })) };
}

/** The transaction of the record on `features`, with its additional fields. */
async function extraOf(id: string): Promise<unknown> {
  const records = await recordsOf(system.bus.admin, 'features');
  const found = records.map(({ value }) => String(value)).find((text) => text.includes(`"${id}"`));
  return (JSON.parse(found ?? '{}') as { transaction?: { extra?: unknown } }).transaction?.extra;
}

describe('records at every size around the limit', () => {
  const sizes = [...Array.from({ length: 24 }, (_, step) => LIMIT - 16 + step), 1_024, LIMIT / 2, 2 * LIMIT, 900_000];

  test('over Kafka each record gets features or becomes a dead letter', async () => {
    const records = sizes.flatMap((bytes) => [sized(bytes), sized(bytes, { memo: CARD }), sized(bytes, { big: 1e20 })]);
    const offsets = await write(
      system,
      transactionsTopic.name,
      records.map(({ value }) => value),
    );
    const last = good.next();
    await write(system, transactionsTopic.name, [Buffer.from(transactionJson(last))]);

    const accepted = records.filter(({ bytes }) => bytes <= LIMIT).map(({ id }) => id);
    await untilFeaturesOf(system, [...accepted, last.id]);

    for (const [index, { bytes }] of records.entries()) {
      if (bytes <= LIMIT) continue;
      const letters = await deadLettersOf(system, transactionsTopic.name, offsets[index] ?? -1);
      expect(letters).toHaveLength(1);
      expect(whyDead(letters[0])).toMatchObject({ code: 'RECORD_TOO_LARGE' });
    }
  });

  test('over REST each record is refused in the response, or gets features', async () => {
    const records = sizes.map((bytes) => sized(bytes));
    const answers: unknown[] = [];
    for (const { value } of records) {
      const { status, body } = await post(httpUrl(system, 'ingestion', '/v1/transactions'), String(value));
      answers.push([status, status === 202 ? undefined : (body as { code: string }).code]);
    }

    expect(answers).toEqual(
      records.map(({ bytes }) => (bytes <= LIMIT ? [202, undefined] : [400, 'RECORD_TOO_LARGE'])),
    );
    await untilFeaturesOf(
      system,
      records.filter(({ bytes }) => bytes <= LIMIT).map(({ id }) => id),
    );
  });

  test('over Kafka each label is joined or becomes a dead letter', async () => {
    const label = { transaction_id: 'l', is_fraud: true, labelled_at: '2025-06-08T00:00:00Z', note: '' };
    const note = 'x'.repeat(LIMIT + 1 - JSON.stringify(label).length);

    const fits = await post(httpUrl(system, 'ingestion', '/v1/labels'), {
      ...label,
      note: note.slice(1),
    });
    const large = await post(httpUrl(system, 'ingestion', '/v1/labels'), {
      ...label,
      note: `${note}${'x'.repeat(64)}`,
    });
    const [offset = -1] = await write(system, labelsTopic.name, [Buffer.from(JSON.stringify({ ...label, note }))]);
    const letters = await waitFor(
      'the dead letter',
      () => deadLettersOf(system, labelsTopic.name, offset),
      (found) => found.length > 0,
      30_000,
    );

    expect([fits.status, large.status]).toEqual([202, 400]);
    expect(whyDead(letters[0])).toMatchObject({ code: 'RECORD_TOO_LARGE' });
  });
});

describe("a producer's own fields", () => {
  const exact = `"trace":1848262534971330561,"seq":[9007199254740993,-9007199254740993],"rate":1.10,"__proto__":{"risk":7},"constructor":"pos-12"`;
  const kept =
    '{"trace":"1848262534971330561","seq":["9007199254740993","-9007199254740993"],"rate":1.1,"__proto__":{"risk":7},"constructor":"pos-12"}';

  test('keep every digit and every name over Kafka and REST', async () => {
    const [first, second] = [good.next(), good.next()];
    const json = (seed: typeof first): string => `${transactionJson(seed).slice(0, -1)},${exact}}`;
    await write(system, transactionsTopic.name, [Buffer.from(json(first))]);
    await post(httpUrl(system, 'ingestion', '/v1/transactions'), json(second));
    await untilFeaturesOf(system, [first.id, second.id]);

    expect(JSON.stringify(await extraOf(first.id))).toBe(kept);
    expect(JSON.stringify(await extraOf(second.id))).toBe(kept);
    expect(JSON.stringify(parseExactJson(`{${exact}}`))).toBe(kept);
  });

  test('have card numbers replaced, but not numbers that only resemble one', async () => {
    const fields = {
      sent_ms: 1767225600009,
      device_imei: '490154203237518',
      basket_ean: '4006381333931',
      trace: '12345678-3004-4259-a66c-f2db26efb20c',
      batch: '000000000000',
      rrn: 512300000004,
    };
    const cards = { visa: CARD, spaced: '4111 1111 1111 1111', amex: 378282246310005, [CARD]: true };
    const seed = good.next();
    await write(system, transactionsTopic.name, [
      Buffer.from(JSON.stringify({ ...transactionBody(seed), ...fields, ...cards })),
    ]);
    await untilFeaturesOf(system, [seed.id]);

    const extra = (await extraOf(seed.id)) as Record<string, unknown>;
    expect(extra).toMatchObject(fields);
    expect([extra['visa'], extra['spaced'], extra['amex']].map((value) => String(value).slice(0, 3))).toEqual(
      Array(3).fill('v1.'),
    );
    expect(JSON.stringify(extra)).not.toContain(CARD);
  });
});

test('an amount in a foreign currency has its rate and its base amount on every topic', async () => {
  const [early, later, yen] = [good.next(), good.next(), good.next()];
  const url = httpUrl(system, 'ingestion', '/v1/rates');
  const put = (body: unknown): Promise<Response> =>
    fetch(url, { method: 'PUT', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
  const [refused = -1] = await write(system, transactionsTopic.name, [
    Buffer.from(JSON.stringify({ ...transactionBody(early), currency: 'USD' })),
  ]);
  const letters = await waitFor(
    'the dead letter',
    () => deadLettersOf(system, transactionsTopic.name, refused),
    (found) => found.length > 0,
    30_000,
  );

  const stated = await put([
    { currency: 'USD', rate: '0.9', effective_at: '2025-06-01T00:00:00Z' },
    { currency: 'JPY', rate: '0.0058', effective_at: '2025-06-01T00:00:00Z' },
  ]);
  await write(system, transactionsTopic.name, [
    Buffer.from(JSON.stringify({ ...transactionBody(later), currency: 'USD', amount: 100 })),
    Buffer.from(JSON.stringify({ ...transactionBody(yen), currency: 'JPY', amount: 1_000 })),
  ]);
  await untilFeaturesOf(system, [later.id, yen.id]);

  const validated = (await recordsOf(system.bus.admin, 'transactions.validated')).map(
    ({ value }) => JSON.parse(String(value)) as { transaction_id: string },
  );
  const of = (id: string): unknown => validated.find((transaction) => transaction.transaction_id === id);
  expect(whyDead(letters[0])).toMatchObject({ code: 'CURRENCY_RATE_UNKNOWN', field: 'currency' });
  expect(stated.status).toBe(200);
  const base = { base_currency: 'EUR' };
  expect(of(later.id)).toMatchObject({ ...base, amount_minor: 10_000, base_amount_minor: 9_000, exchange_rate: '0.9' });
  expect(of(yen.id)).toMatchObject({ ...base, amount_minor: 1_000, base_amount_minor: 580, exchange_rate: '0.0058' });
});
