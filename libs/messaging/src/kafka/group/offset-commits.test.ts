import { expect, test } from 'vitest';
import type { TopicPartition } from '../../port/record.js';
import { OffsetCommits } from './offset-commits.js';

type Sent = Record<string, number>;
const ONE = { topic: 't', partition: 1 };
const TWO = { topic: 't', partition: 2 };
const HOUR_MS = 3_600_000;

/** A coordinator whose responses the test gives one by one. */
function aCoordinator(everyMs = HOUR_MS) {
  const sent: Sent[] = [];
  const answers: { resolve(): void; reject(thrown: unknown): void }[] = [];
  const failures: unknown[] = [];
  const ended = new AbortController();
  const commits = new OffsetCommits({
    membership: {
      commit: (offsets: ReadonlyMap<string, TopicPartition & { readonly offset: number }>) => {
        sent.push(Object.fromEntries([...offsets].map(([name, { offset }]) => [name, offset])));
        return new Promise<void>((resolve, reject) => answers.push({ resolve, reject }));
      },
    },
    signal: ended.signal,
    onFailure: (thrown) => failures.push(thrown),
    everyMs,
  });
  const requests = async (count: number): Promise<void> => {
    while (sent.length < count) await new Promise((resolve) => setImmediate(resolve));
  };
  return { commits, sent, answers, failures, ended, requests };
}

test('offsets of one turn share a request, which the commits await', async () => {
  const { commits, sent, answers, requests } = aCoordinator();

  const both = Promise.all([commits.commit(ONE, 5), commits.commit(TWO, 7)]);
  await requests(1);
  answers[0]?.resolve();
  await both;

  expect(sent).toEqual([{ 't:1': 5, 't:2': 7 }]);
});

test('an offset committed soon after a request is delayed, and a flush sends only the latest of each partition', async () => {
  const { commits, sent, answers, requests } = aCoordinator();
  const first = commits.commit(ONE, 5);
  await requests(1);
  answers[0]?.resolve();
  await first;

  await commits.commit(ONE, 6);
  await commits.commit(ONE, 8);
  const flushed = commits.flush();
  await requests(2);
  answers[1]?.resolve();
  await flushed;

  expect(sent).toEqual([{ 't:1': 5 }, { 't:1': 8 }]);
});

test('a delayed offset is sent when the interval has passed', async () => {
  const { commits, sent, answers, requests } = aCoordinator(20);
  const first = commits.commit(ONE, 5);
  await requests(1);
  answers[0]?.resolve();
  await first;

  await commits.commit(ONE, 6);
  await requests(2);

  expect(sent[1]).toEqual({ 't:1': 6 });
});

test('a later offset waits for the request in flight, so that a retry cannot reset the partition', async () => {
  const { commits, sent, answers, failures, requests } = aCoordinator(0);
  const first = commits.commit(ONE, 5);
  await requests(1);
  await commits.commit(ONE, 6);
  answers[0]?.reject(new Error('coordinator loads'));
  await requests(2);
  answers[1]?.resolve();
  await first;
  await requests(3);

  expect(sent).toEqual([{ 't:1': 5 }, { 't:1': 5 }, { 't:1': 6 }]);
  expect(failures).toHaveLength(1);
});

test('an offset whose request fails permanently is sent with the next one', async () => {
  const { commits, sent, answers, ended, requests } = aCoordinator();
  const first = commits.commit(ONE, 5).catch((thrown: unknown) => thrown);
  await requests(1);
  ended.abort();
  answers[0]?.reject(new Error('connection lost'));
  const failure = await first;

  const flushed = commits.flush();
  await requests(2);
  answers[1]?.resolve();
  await flushed;

  expect(failure).toMatchObject({ code: 'COMMIT_FAILED' });
  expect(sent).toEqual([{ 't:1': 5 }, { 't:1': 5 }]);
});

test('an offset of a partition that belongs to another member is rejected and not sent again', async () => {
  const { commits, sent, answers, requests } = aCoordinator();
  const first = commits.commit(ONE, 5).catch((thrown: unknown) => thrown);
  await requests(1);
  answers[0]?.reject(Object.assign(new Error('unknown'), { type: 'UNKNOWN_MEMBER_ID' }));

  expect(await first).toMatchObject({ code: 'FENCED' });
  await commits.flush();
  expect(sent).toHaveLength(1);
});
