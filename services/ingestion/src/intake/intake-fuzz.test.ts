import { ingestionV1 } from '@fraudflow/contracts';
import { AppError } from '@fraudflow/core';
import { callUnary } from '@fraudflow/rpc';
import { expect, test } from 'vitest';
import { aLabel, anIntake, aTransaction, CARD, MAX_RECORD_BYTES } from '../../test/intake-fixture.js';

const ROUNDS = 400;

type Random = (below: number) => number;

/** The generator of Numerical Recipes, so that every run makes the same calls. */
function seeded(seed: number): Random {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const pick = <T>(random: Random, items: readonly T[]): T => items[random(items.length)] as T;

const TEXTS = [CARD, '', ' ', 'x', '\u0000', '\ud800', 'é'.repeat(100), '__proto__', 'toString', 'EUR', 'usd', 'JPY'];
const INSTANTS = ['0001-01-01T00:00:00Z', '9999-12-31T23:59:59Z', '2026-04-30T23:59:60Z', '2026-04-30'];
const NUMBERS = [0, -0, -1, 1e300, 1e-300, 0.1 + 0.2, 1.005, 2 ** 53, Number(CARD)];
const OTHERS: readonly unknown[] = [
  null,
  true,
  [],
  {},
  [[]],
  { a: { b: [CARD] } },
  JSON.parse('{"__proto__":{"x":1}}'),
];
const VALUES: readonly unknown[] = [...TEXTS, ...INSTANTS, ...NUMBERS, ...OTHERS];
const TRANSACTION_NAMES = [
  'transaction_id',
  'occurred_at',
  'customer_id',
  'terminal_id',
  'amount',
  'currency',
  'card_number',
];
const OTHER_NAMES = [
  'card_token',
  'is_fraud',
  'labelled_at',
  'source',
  'rate',
  'effective_at',
  '__proto__',
  'constructor',
  CARD,
  '',
];
const NAMES = [...TRANSACTION_NAMES, ...OTHER_NAMES];

/** A record with a few fields changed, omitted or added. */
function mutated(random: Random): string {
  const record = pick(random, [aTransaction, aLabel])();
  for (let changes = random(4); changes > 0; changes--) {
    const name = pick(random, NAMES);
    if (random(4) === 0) delete record[name];
    else Object.defineProperty(record, name, { value: pick(random, VALUES), enumerable: true, configurable: true });
  }
  return JSON.stringify(record);
}

/** A body: records, lists of records, and texts that are truncated, repeated or changed in one character. */
function aBody(random: Random): Buffer {
  const text = pick(random, [
    () => mutated(random),
    () => `[${Array.from({ length: random(5) }, () => mutated(random)).join(',')}]`,
    () => '['.repeat(random(5_000)),
    () => `{"a":${'['.repeat(random(900))}${']'.repeat(random(900))}}`,
    () => pick(random, ['1 ', '"', '\\', '4', '{', '"\\"', '4.']).repeat(random(3_000)),
    () => `{"memo":"${pick(random, ['1 ', '4', '\\"', 'é']).repeat(random(MAX_RECORD_BYTES))}"}`,
    () => JSON.stringify(pick(random, VALUES)),
  ])();
  const bytes = Buffer.from(text);
  if (random(3) === 0 && bytes.length > 0) bytes[random(bytes.length)] = random(256);
  return random(4) === 0 ? bytes.subarray(0, random(bytes.length + 1)) : bytes;
}

test('every REST request is accepted or gets an error that names the problem', async () => {
  const { send } = await anIntake();
  const random = seeded(11);
  const wrong: unknown[] = [];

  for (let round = 0; round < ROUNDS; round++) {
    const [method, path] = pick(random, [
      ['POST', 'transactions'],
      ['POST', 'labels'],
      ['PUT', 'rates'],
    ] as const);
    const body = aBody(random);
    const response = await send(method, path, body);
    const isRight = response.status < 300 || (response.status < 500 && typeof response.body['code'] === 'string');
    if (!isRight || JSON.stringify(response.body).includes(CARD)) wrong.push([method, path, String(body), response]);
  }

  expect(wrong).toEqual([]);
});

test('every gRPC request gets a result or INVALID_ARGUMENT', async () => {
  const { client } = await anIntake();
  const random = seeded(12);
  const wrong: unknown[] = [];

  for (let round = 0; round < ROUNDS; round++) {
    const items = Array.from({ length: random(4) }, () => aBody(random));
    const response = await pick(random, [
      () => callUnary('IngestTransactions', client.ingestTransactions.bind(client), { transactions: items }, 30_000),
      () => callUnary('IngestLabels', client.ingestLabels.bind(client), { labels: items }, 30_000),
    ])().catch((thrown: unknown) => thrown);
    const isRight =
      response instanceof AppError
        ? response.kind === 'invalid_input'
        : (response as ingestionV1.IngestTransactionsResponse).rejections.every(({ code }) => code !== '');
    if (!isRight || JSON.stringify(response).includes(CARD)) wrong.push([items.map(String), response]);
  }

  expect(wrong).toEqual([]);
});

test('accepted records contain no card number and are decoded without loss', async () => {
  const { post, published, reader } = await anIntake();
  const random = seeded(13);
  for (let round = 0; round < ROUNDS; round++) await post('transactions', mutated(random));

  const values = await published('transactions');

  expect(values.length).toBeGreaterThan(20);
  for (const value of values) {
    expect(value).not.toContain(CARD);
    const bytes = Buffer.from(value);
    expect(JSON.stringify(reader.decode(bytes))).toBe(value);
  }
});
