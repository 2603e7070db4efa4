import { once } from 'node:events';
import { connect, createServer, type ServerHttp2Session } from 'node:http2';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { replaceStreams, StreamTable } from './stream-table.js';

test('it holds what a Map holds, whatever comes and goes', () => {
  const id = fc.integer({ min: 0, max: 200 }).map((n) => 2 * n + 1);
  const steps = fc.array(fc.tuple(fc.boolean(), id, fc.nat()), { maxLength: 400 });
  fc.assert(
    fc.property(steps, (taken) => {
      const table = new StreamTable<number>();
      const map = new Map<number, number>();
      for (const [isSet, key, value] of taken) {
        if (isSet) {
          table.set(key, value);
          map.set(key, value);
        } else expect(table.delete(key)).toBe(map.delete(key));
        expect(table.get(key)).toBe(map.get(key));
        expect(table.size).toBe(map.size);
      }
      const left: [number, number][] = [];
      table.forEach((value, key) => left.push([key, value]));
      expect(left.toSorted(([a], [b]) => a - b)).toEqual([...map].toSorted(([a], [b]) => a - b));
    }),
    { seed: 13, numRuns: 300 },
  );
});

test('entries may be deleted while they are visited', () => {
  const table = new StreamTable<string>();
  for (const id of [1, 3, 5, 129]) table.set(id, `stream ${id}`);

  const seen: number[] = [];
  table.forEach((_, id) => {
    seen.push(id);
    table.delete(id);
  });

  expect(seen).toHaveLength(4);
  expect(table.size).toBe(0);
});

test('a session of this Node takes the table, and its streams open and end in it', async () => {
  const server = createServer((_, response) => response.end('answer'));
  const replaced = new Promise<boolean>((resolve) => {
    server.on('session', (session: ServerHttp2Session) => resolve(replaceStreams(session)));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);

  const answers = await Promise.all(
    Array.from({ length: 300 }, async () => {
      let text = '';
      for await (const chunk of client.request({ ':path': '/' })) text += String(chunk);
      return text;
    }),
  );

  expect(await replaced).toBe(true);
  expect(answers).toEqual(answers.map(() => 'answer'));
  client.close();
  await once(client, 'close');
  server.close();
});
