import { expect, test } from 'vitest';
import { type Reply, ReplyParser } from './reply-parser.js';

/** The reported replies with copies of their values. */
function taken(parser: ReplyParser, chunks: readonly Uint8Array[]): unknown[] {
  const replies: unknown[] = [];
  const keep = (reply: Reply): void => {
    replies.push(reply.kind === 'values' ? reply.values.map((value) => value?.toString('latin1') ?? null) : reply);
  };
  for (const chunk of chunks) parser.take(chunk, keep);
  return replies;
}

function arrayOf(values: readonly (string | null)[]): string {
  const bulk = (value: string | null): string => (value === null ? '$-1\r\n' : `$${value.length}\r\n${value}\r\n`);
  return `*${values.length}\r\n${values.map(bulk).join('')}`;
}

test('replies are the same at every split into chunks', () => {
  const lists = [['a\r\nb', null, ''], [], ['x'.repeat(300), null], ['last']];
  const text = `+OK\r\n${lists.map(arrayOf).join('')}-WRONGTYPE no list\r\n`;
  const bytes = Buffer.from(text, 'latin1');
  const expected = [{ kind: 'status' }, ...lists, { kind: 'error', message: 'WRONGTYPE no list' }];

  for (let cut = 0; cut <= bytes.length; cut++) {
    expect(taken(new ReplyParser(), [bytes.subarray(0, cut), bytes.subarray(cut)])).toEqual(expected);
  }
  const single = Array.from(bytes, (byte) => Uint8Array.of(byte));
  expect(taken(new ReplyParser(), single)).toEqual(expected);
});

test('one parser takes a sequence of replies larger than its memory, each followed by the start of the next', () => {
  const parser = new ReplyParser();
  const values = Array.from({ length: 200 }, (_, i) => String(i).repeat(1_000));
  const bytes = Buffer.from(arrayOf(values).repeat(5), 'latin1');
  const chunks = Array.from({ length: Math.ceil(bytes.length / 65_536) }, (_, i) =>
    bytes.subarray(i * 65_536, (i + 1) * 65_536),
  );

  expect(taken(parser, chunks)).toEqual([values, values, values, values, values]);
  expect(taken(parser, chunks)).toEqual([values, values, values, values, values]);
});

test('a chunk may be overwritten after it was parsed', () => {
  const parser = new ReplyParser();
  const chunk = Buffer.from(arrayOf(['first', 'second']).slice(0, -8));
  const before = taken(parser, [chunk]);
  chunk.fill(0);

  expect([...before, ...taken(parser, [Buffer.from('second\r\n')])]).toEqual([['first', 'second']]);
});

test('an incomplete reply is discarded on reset', () => {
  const parser = new ReplyParser();
  taken(parser, [Buffer.from('*2\r\n$1\r\na\r\n$4\r\nha')]);
  parser.clear();

  expect(taken(parser, [Buffer.from(arrayOf(['whole']))])).toEqual([['whole']]);
});

test('a reply that a read cannot have is refused', () => {
  expect(() => taken(new ReplyParser(), [Buffer.from(':1\r\n')])).toThrow('not a response to a read');
  expect(() => taken(new ReplyParser(), [Buffer.from('*1\r\n:1\r\n')])).toThrow('values that are not strings');
});
