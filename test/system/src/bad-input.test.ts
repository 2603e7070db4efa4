import { labelsTopic, transactionsTopic } from '@fraudflow/contracts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { badRecords } from './bad-records.js';
import {
  awaitDeadLetters,
  deadLettersCounted,
  deadLettersOf,
  PARTITION,
  untilFeaturesOf,
  whyDead,
  write,
} from './dead-letters.js';
import { GoodTransactions, transactionJson } from './good-transactions.js';
import { type RunningSystem, startSystem } from './running-system.js';
import { metricOf } from './service-metrics.js';
import { httpUrl } from './service-urls.js';
import { recordsOf, transactionCounts } from './topic-records.js';
import { waitFor } from './wait-for.js';

let system: RunningSystem;

beforeAll(async () => {
  system = await startSystem(['ingestion', 'feature-store'], {
    // Long enough for a slow machine to process the transaction, short enough to wait for the timeout.
    FRAUDFLOW_INGESTION_LABEL_WAIT: '15s',
    FRAUDFLOW_INGESTION_LABEL_RETRY_EVERY: '250ms',
  });
});

afterAll(() => system?.stop());

describe('bad records among good ones on one partition of transactions', () => {
  const good = new GoodTransactions('kafka');
  const bad = badRecords(new GoodTransactions('bad').next);
  const goodIds: string[] = [];
  let offsets: readonly number[];

  beforeAll(async () => {
    // Good records before, between and after the bad ones: bad records have odd indexes.
    const first = nextGood();
    const records = bad.flatMap(({ value }) => [value, nextGood()]);
    offsets = await write(system, transactionsTopic.name, [first, ...records]);
    await untilFeaturesOf(system, goodIds);
  });

  test('every valid record gets its features once', async () => {
    const counts = await transactionCounts(system.bus.admin, 'features');

    expect(goodIds.map((id) => [id, counts.get(id)])).toEqual(goodIds.map((id) => [id, 1]));
    expect([...counts.keys()].filter((id) => id.startsWith('bad'))).toEqual([]);
  });

  test.each(bad.map((record, index) => ({ ...record, index })))(
    '$what is dead-lettered once, unchanged or truncated, with $code',
    async ({ value, code, field, index }) => {
      const letters = await deadLettersOf(system, transactionsTopic.name, offsets[2 * index + 1] ?? -1);

      expect(letters).toHaveLength(1);
      if (code === 'RECORD_TOO_LARGE') {
        expect(JSON.parse(String(letters[0]?.value))).toMatchObject({
          bytes: value.length,
          head: expect.stringContaining('bad'),
        });
      } else expect(letters[0]?.value?.equals(value)).toBe(true);
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

  test('each bad record is counted by its code', async () => {
    const codes = [...new Set(bad.map(({ code }) => code))];

    const counted = await Promise.all(codes.map((code) => deadLettersCounted(system, transactionsTopic.name, code)));

    expect(counted).toEqual(codes.map((code) => bad.filter((record) => record.code === code).length));
  });

  function nextGood(): Buffer {
    const seed = good.next();
    goodIds.push(seed.id);
    return Buffer.from(transactionJson(seed));
  }
});

describe('labels', () => {
  const good = new GoodTransactions('labelled');

  test('a label whose transaction is unknown stays pending and is joined when the transaction arrives', async () => {
    const seed = good.next();
    const parkedBefore = await labelsCounted('parked');
    await write(system, labelsTopic.name, [Buffer.from(labelJson(seed.id))]);
    await waitFor(
      'the label to become pending',
      () => labelsCounted('parked'),
      (count) => count > parkedBefore,
      30_000,
    );

    await write(system, transactionsTopic.name, [Buffer.from(transactionJson(seed))]);
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

  test('a label whose transaction never arrives becomes an unchanged dead letter', async () => {
    const bytes = Buffer.from(labelJson('never-sent'));
    const [offset = -1] = await write(system, labelsTopic.name, [bytes]);

    const letters = await awaitDeadLetters(system, labelsTopic.name, offset);

    expect(letters).toHaveLength(1);
    expect(letters[0]?.value?.equals(bytes)).toBe(true);
    expect(whyDead(letters[0])).toMatchObject({ code: 'TRANSACTION_UNKNOWN', field: 'transaction_id' });
    expect(await validatedLabels('never-sent')).toEqual([]);
    // The counter increases right after the write that made it readable.
    await waitFor(
      'the label to be counted',
      () => labelsCounted('expired'),
      (count) => count === 1,
      10_000,
    );
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
  ])('a label with $what is dead-lettered with $code and counted', async ({ change, code }) => {
    const bytes = Buffer.from(JSON.stringify({ ...(JSON.parse(labelJson('any')) as object), ...change }));
    const [offset = -1] = await write(system, labelsTopic.name, [bytes]);

    const letters = await awaitDeadLetters(system, labelsTopic.name, offset);

    expect(letters).toHaveLength(1);
    expect(letters[0]?.value?.equals(bytes)).toBe(true);
    expect(whyDead(letters[0])).toMatchObject({ topic: labelsTopic.name, code });
    await waitFor(
      'the dead letter to be counted',
      () => deadLettersCounted(system, labelsTopic.name, code),
      (count) => count === 1,
      10_000,
    );
  });

  function labelJson(transactionId: string): string {
    // Blanks and an unknown field: the dead letter must hold these bytes, not a new serialisation.
    return `{ "transaction_id": "${transactionId}", "is_fraud": true,  "labelled_at": "2025-06-08T00:00:00Z", "source": "analyst", "case": 7 }`;
  }

  async function validatedLabels(transactionId: string): Promise<readonly { transaction_id: string }[]> {
    const records = await recordsOf(system.bus.admin, 'labels.validated');
    return records
      .map(({ value }) => JSON.parse(String(value)) as { transaction_id: string })
      .filter((label) => label.transaction_id === transactionId);
  }

  function labelsCounted(outcome: string): Promise<number> {
    return metricOf(httpUrl(system, 'ingestion'), 'ingestion_labels_total', { outcome });
  }
});

test('no bad record or label has ended a process', () => {
  expect(Object.values(system.stack.restartCounts()).every((count) => count === 0)).toBe(true);
});
