import { deadLetterTopicName, HEADERS, transactionsTopic } from '@fraudflow/contracts';
import { MemoryBus } from '@fraudflow/messaging';
import { beforeEach, describe, expect, test } from 'vitest';
import { parsePlace } from './dead-letter.js';
import { letterJson, letterText } from './describe-letters.js';
import { replayLetters } from './replay-letters.js';
import { letterAt, selectLetters } from './select-letters.js';

const SOURCE = transactionsTopic.name;
const DLQ = deadLetterTopicName(SOURCE);

let bus: MemoryBus;

beforeEach(async () => {
  bus = new MemoryBus();
  const spec = { partitions: 2, retentionMs: -1, cleanup: 'delete', maxMessageBytes: 1e6 } as const;
  await bus.admin.createTopics([SOURCE, DLQ, 'labels', 'labels.dlq'].map((name) => ({ ...spec, name })));
});

interface LetterFields {
  readonly value?: string;
  readonly code?: string;
  readonly headers?: Record<string, string>;
}

async function aLetter({ value = '{}', code = 'SCHEMA', headers = {} }: LetterFields = {}): Promise<void> {
  await bus.producer().write([
    {
      topic: DLQ,
      partition: 1,
      key: 'c1',
      value,
      headers: {
        [HEADERS.eventId]: 'e1',
        [HEADERS.dlqTopic]: SOURCE,
        [HEADERS.dlqPartition]: '1',
        [HEADERS.dlqOffset]: '7',
        [HEADERS.dlqErrorCode]: code,
        [HEADERS.dlqReason]: 'amount must be a number',
        [HEADERS.dlqField]: 'amount',
        [HEADERS.dlqAttempts]: '2',
        ...headers,
      },
    },
  ]);
}

async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const found: Item[] = [];
  for await (const item of items) found.push(item);
  return found;
}

describe('selecting dead letters', () => {
  test('reads place, source, code, field and reason from the headers', async () => {
    await aLetter();

    const [letter] = (await collect(selectLetters(bus.admin, {}))).map(letterJson);

    expect(letter).toMatchObject({
      place: 'transactions.dlq:1:0',
      source: 'transactions:1:7',
      code: 'SCHEMA',
      field: 'amount',
      reason: 'amount must be a number',
      attempts: 2,
      key: 'c1',
      value_bytes: 2,
    });
  });

  test('selects those of one code, one topic, or after an instant', async () => {
    await aLetter({ code: 'A' });
    await aLetter({ code: 'B' });

    const codes = async (filter: Parameters<typeof selectLetters>[1]) =>
      (await collect(selectLetters(bus.admin, filter))).map(({ code }) => code);

    expect(await codes({ code: 'B' })).toEqual(['B']);
    expect(await codes({ topic: 'labels' })).toEqual([]);
    expect(await codes({ sinceMs: Number.MAX_SAFE_INTEGER })).toEqual([]);
    await expect(codes({ topic: 'features' })).rejects.toThrow(/features has no dead letters; choose one of/);
  });

  test('the error names a place without a dead letter and a text that is not a place', async () => {
    await expect(letterAt(bus.admin, parsePlace('transactions.dlq:0:3'))).rejects.toThrow(/transactions\.dlq:0:3/);
    expect(() => parsePlace('transactions.dlq')).toThrow(/topic:partition:offset/);
  });

  test('control characters of a value do not reach the terminal', async () => {
    await aLetter({ value: '\u001b[2Jhidden' });

    expect(letterText(await letterAt(bus.admin, parsePlace('transactions.dlq:1:0')))).toContain('\\u001b[2Jhidden');
  });
});

describe('sending dead letters again', () => {
  const replayed = (isDryRun = false) =>
    replayLetters(selectLetters(bus.admin, {}), bus.producer(), bus.admin, { isDryRun });

  test('keeps key, value and headers, without those of the dead letter', async () => {
    await aLetter({ value: '{"transaction_id":"t1"}' });

    expect(await replayed()).toEqual({ sent: 1, refused: [] });

    const ranges = await bus.admin.offsets(SOURCE);
    const partition = ranges.findIndex(({ end }) => end === 1);
    const { records } = await bus.admin.read({ topic: SOURCE, partition }, 0, 1_000);
    expect(records.map(({ key, value }) => [String(key), String(value)])).toEqual([['c1', '{"transaction_id":"t1"}']]);
    expect(Object.keys(records[0]?.headers ?? {})).toEqual([HEADERS.eventId]);
  });

  test('a dry run sends nothing', async () => {
    await aLetter();

    expect((await replayed(true)).sent).toBe(1);

    expect((await bus.admin.offsets(SOURCE)).every(({ end }) => end === 0)).toBe(true);
  });

  test('a dead letter with only the first bytes of its record is refused, and the others are sent', async () => {
    await aLetter({ headers: { 'dlq-value-bytes': '2000000' } });
    await aLetter();

    const { sent, refused } = await replayed();

    expect(sent).toBe(1);
    expect(refused).toEqual([{ place: 'transactions.dlq:1:0', reason: expect.stringContaining('first bytes') }]);
  });
});
