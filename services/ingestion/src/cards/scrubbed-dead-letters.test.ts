import { createHash } from 'node:crypto';
import { flatHeaders, type OutgoingRecord, type RawProducer } from '@fraudflow/messaging';
import { expect, test } from 'vitest';
import { CardTokeniser } from './card-tokeniser.js';
import { scrubbedDeadLetters } from './scrubbed-dead-letters.js';

const cards = new CardTokeniser(Buffer.alloc(32, 1).toString('base64'), 1);
const CARD = '4111111111111111';
const TOKEN = cards.tokenise(CARD);
const LIMIT = 4_096;

async function written(record: Partial<OutgoingRecord>): Promise<OutgoingRecord & { readonly text: string }> {
  const records: OutgoingRecord[] = [];
  const producer: RawProducer = {
    write: async (given) => void records.push(...given),
    flush: async () => undefined,
    close: async () => undefined,
  };
  const whole = { topic: 't.dlq', partition: 0, key: null, value: null, headers: {}, ...record };
  await scrubbedDeadLetters(producer, cards, { maxValueBytes: LIMIT }).write([whole]);
  const [out] = records as [OutgoingRecord];
  return { ...out, text: String(out.value) };
}

const valueOf = async (value: string): Promise<string> => (await written({ value: Buffer.from(value) })).text;

test('a record without card numbers is passed on as the same object', async () => {
  const value = Buffer.from('{"a": 1}');

  expect((await written({ value })).value).toBe(value);
});

test.each([
  [`{"n": ${CARD}, "x" : [1.50]}`, `{"n": "${TOKEN}", "x" : [1.50]}`],
  [`{"\\u0034111111111111111":"4111\\u00a01111 1111 1111"}`, `{"${TOKEN}":"${TOKEN}"}`],
  [`{"sum": 0.4111111111111111, "ms": 1767225600009}`, `{"sum": 0.4111111111111111, "ms": 1767225600009}`],
  [`no json ${CARD}`, `no json ${TOKEN}`],
  [`{"cut": "\\u0034111111111111111`, `{"cut": "${TOKEN}`],
  [`４１１１１１１１１１１１１１１１ é`, `${TOKEN} é`],
])('%s becomes %s, and JSON remains JSON', async (value, clean) => {
  expect(await valueOf(value)).toBe(clean);
});

test('bytes that are not UTF-8 are unchanged around a card number', async () => {
  const value = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(`"${CARD}"`), Buffer.from([0x80])]);

  const out = await written({ value });

  expect(out.value).toEqual(Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(`"${TOKEN}"`), Buffer.from([0x80])]));
});

test('card numbers in keys, header names and header values are replaced, and a header states it', async () => {
  const out = await written({ key: Buffer.from(CARD), headers: { [CARD]: 'x', note: `4111 1111 1111 1111` } });

  expect(String(out.key)).toBe(TOKEN);
  expect(flatHeaders(out.headers).map(String)).toEqual([
    TOKEN,
    'x',
    'note',
    TOKEN,
    'dlq-card-numbers-replaced',
    'true',
  ]);
});

test('a huge header is left out', async () => {
  const out = await written({ headers: { big: 'x'.repeat(10_000), small: 'y' } });

  expect(flatHeaders(out.headers).map(String)).not.toContain('big');
});

test('a value above the limit is replaced by JSON with its first bytes, its size and its digest', async () => {
  const value = Buffer.from(`{"memo":"${'z'.repeat(LIMIT)}"}`);

  const out = await written({ value });

  expect(JSON.parse(out.text)).toEqual({
    bytes: value.length,
    sha256: createHash('sha256').update(value).digest('hex'),
    head: expect.stringMatching(/^\{"memo":"z+/) as string,
  });
  expect(flatHeaders(out.headers)).toContain('dlq-value-bytes');
  expect((await written({ value: value.subarray(0, LIMIT) })).text).toHaveLength(LIMIT);
});

test('a card number at the truncation point leaves no digits', async () => {
  for (let before = 8_192 - 20; before <= 8_192; before++) {
    const value = Buffer.from(`${'z'.repeat(before)}${CARD}${'z'.repeat(100)}`);

    const { text } = await written({ value });

    expect(text).not.toMatch(/zz4|1111/);
  }
});

test.each(['1 ', '4', '"\\', '[', '４'])('6 MiB of %j become one small dead letter', async (unit) => {
  const value = Buffer.from(unit.repeat((6 * 1024 * 1024) / unit.length));

  const { text } = await written({ value });

  expect(text.length).toBeLessThan(30_000);
  expect(JSON.parse(text)).toMatchObject({ bytes: value.length });
});
