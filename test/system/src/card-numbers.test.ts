import { Secret } from '@fraudflow/config';
import { labelsTopic, transactionsTopic } from '@fraudflow/contracts';
import { silentLogger } from '@fraudflow/observability';
import { connectPostgres } from '@fraudflow/postgres';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cardPattern, cardsInLogs, cardsOnTopics } from './card-traces.js';
import { deadLettersOf, untilFeaturesOf, write } from './dead-letters.js';
import { GoodTransactions, transactionBody } from './good-transactions.js';
import { type RunningSystem, startSystem } from './running-system.js';
import { httpUrl, post } from './service-urls.js';
import { recordsOf } from './topic-records.js';
import { waitFor } from './wait-for.js';

/** Test numbers of the card schemes: Luhn-valid and never issued. */
const CARDS = ['4111111111111111', '5500005555555559', '378282246310005'];

const [VISA = '', MASTER = '', AMEX = ''] = CARDS;
const SPACED = VISA.replace(/(\d{4})(?=\d)/g, '$1 ');

const good = new GoodTransactions('card');
const bearer = good.next();
const carriers = [
  { what: 'a card field', value: bad({ card_number: VISA }) },
  { what: 'text cut off in the middle', value: Buffer.from(`{"pan":"${SPACED}","amount":`) },
  { what: 'a bare number and bytes that are not UTF-8', value: Buffer.from(`\xff ${MASTER}`, 'latin1') },
  { what: 'a number followed by its expiry date', value: bad({ note: `${SPACED} 12/27` }) },
  { what: 'two numbers side by side', value: bad({ note: `${AMEX} ${MASTER}` }) },
  { what: 'a number with dots', value: bad({ note: SPACED.replaceAll(' ', '.') }) },
  { what: 'escaped digits', value: Buffer.from(`{"pan":"\\u0034${VISA.slice(1)}","amount":`) },
  { what: 'the name of a field', value: bad({ [VISA]: 1 }) },
  { what: 'an id', value: bad({ amount: 1, customer_id: VISA }) },
  { what: 'a key', value: bad({}), key: VISA },
  { what: 'a header', value: bad({}), headers: { pan: MASTER } },
];

let system: RunningSystem;
let offsets: readonly number[];

beforeAll(async () => {
  system = await startSystem(['ingestion', 'feature-store']);
  const kept = { card_number: SPACED, note: `paid with ${AMEX}`, digits: Number(MASTER) };
  const last = Buffer.from(JSON.stringify({ ...transactionBody(bearer), ...kept }));
  offsets = await write(system, transactionsTopic.name, [...carriers, { value: last }]);
  await untilFeaturesOf(system, [bearer.id]);
});

afterAll(() => system?.stop());

test.each(carriers.map(({ what }, index) => ({ what, index })))(
  'a card number in $what of a bad record does not reach the dead letters',
  async ({ index }) => {
    const letters = await deadLettersOf(system, transactionsTopic.name, offsets[index] ?? -1);

    const exposed = await cardsOnTopics(system, CARDS);

    expect(letters).toHaveLength(1);
    expect(exposed).not.toContain(`${letters[0]?.topic}:${letters[0]?.partition}:${letters[0]?.offset}`);
  },
);

test('a card number in a valid record is replaced by its token', async () => {
  const events = (await recordsOf(system.bus.admin, 'features')).map(({ value }) => String(value));

  expect(events.find((event) => event.includes(`"${bearer.id}"`))).toMatch(/"card_token":"v1\.[\w-]{43}"/);
});

test('a card number sent over REST is published as its token only', async () => {
  const seed = good.next();

  const response = await post(httpUrl(system, 'ingestion', '/v1/transactions'), {
    ...transactionBody(seed),
    card_number: VISA,
  });

  const records = await recordsOf(system.bus.admin, transactionsTopic.name);
  const sent = records.find(({ value }) => value?.includes(`"${seed.id}"`));
  expect(response.status).toBe(202);
  expect(String(sent?.value)).toMatch(/"card_token":"v1\./);
  expect(String(sent?.value)).not.toContain(VISA);
});

test('a card number in a label sent over REST is published as its token only', async () => {
  const label = {
    transaction_id: 'card-rest',
    is_fraud: true,
    labelled_at: '2025-06-08T00:00:00Z',
    note: SPACED,
    [MASTER]: 1,
  };

  const response = await post(httpUrl(system, 'ingestion', '/v1/labels'), label);

  const records = await recordsOf(system.bus.admin, labelsTopic.name);
  const sent = String(records.find(({ value }) => value?.includes('"card-rest"'))?.value);
  expect(response.status).toBe(202);
  expect(sent).toMatch(/"note":"v1\./);
  expect(CARDS.filter((digits) => cardPattern(digits).test(sent))).toEqual([]);
});

test('the card number of a pending label is not in the store', async () => {
  const label = { transaction_id: 'card-unknown', is_fraud: true, labelled_at: '2025-06-08T00:00:00Z', note: SPACED };
  await write(system, labelsTopic.name, [Buffer.from(JSON.stringify(label))]);

  const rows = await waitFor(
    'the label to become pending',
    () => waitingLabels('card-unknown'),
    (found) => found.length > 0,
    30_000,
  );

  expect(rows).toHaveLength(1);
  expect(CARDS.filter((digits) => cardPattern(digits).test(rows.join('\n')))).toEqual([]);
});

test('after all requests no card number is on a topic of FraudFlow or in a log', async () => {
  expect(await cardsOnTopics(system, CARDS)).toEqual([]);
  expect(cardsInLogs(system, CARDS)).toEqual([]);
});

/** A record that is refused for its amount. */
function bad(change: Readonly<Record<string, unknown>>): Buffer {
  return Buffer.from(JSON.stringify({ ...transactionBody(good.next()), amount: -1, ...change }));
}

/** Every pending label of a transaction as text, including its bytes. */
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
