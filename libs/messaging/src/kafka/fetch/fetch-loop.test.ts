import { expect, test } from 'vitest';
import { silentLogger } from '@fraudflow/observability';
import type { BatchOutcome, BusConsumerHandlers } from '../../port/bus.js';
import type { RawBatch } from '../../port/record.js';
import type { FetchedPartition, FetchTarget } from '../calls/fetch-call.js';
import { FetchLoop } from './fetch-loop.js';
import type { GroupMembership } from '../group/group-membership.js';
import { GroupSession } from '../group/group-session.js';
import type { KafkajsCluster, ProtocolCall } from '../client/kafkajs-internals.js';
import { encodeRecordBatch } from '../wire/record-batch.js';

const TOPIC = 't';
const LIMIT = 1_000;

type Answer = Pick<FetchedPartition, 'errorCode' | 'highWatermark' | 'records'>;

/** A session with one broker; the test supplies the responses to its fetches. */
function setUp(
  partitions: number,
  handlers: Partial<BusConsumerHandlers>,
  answer: (target: FetchTarget) => Promise<Answer> | Answer,
) {
  const requests: FetchTarget[][] = [];
  const send = async (call: ProtocolCall<FetchedPartition[]>): Promise<FetchedPartition[]> => {
    const targets = targetsOf((await call.request.encode()).buffer);
    requests.push(targets);
    await new Promise((resolve) => setImmediate(resolve));
    return Promise.all(
      targets.map(async (target) => ({ ...target, logStartOffset: -1, aborted: [], ...(await answer(target)) })),
    );
  };
  const cluster = {
    refreshMetadata: async () => undefined,
    findTopicPartitionMetadata: () =>
      Array.from({ length: partitions }, (_, partitionId) => ({ partitionId, leader: 1 })),
    findBroker: async () => ({ connectionPool: { send } }),
    removeBroker: () => undefined,
  } as unknown as KafkajsCluster;
  const membership = {
    heartbeat: async () => undefined,
    committed: async () => new Map(),
    commit: async () => undefined,
  };
  const session = new GroupSession(
    Array.from({ length: partitions }, (_, partition) => ({ topic: TOPIC, partition })),
    {
      membership: membership as unknown as GroupMembership,
      handlers: { batch: async ({ nextOffset }): Promise<BatchOutcome> => ({ nextOffset }), ...handlers },
      logger: silentLogger,
      heartbeatEveryMs: 60_000,
      sessionTimeoutMs: 60_000,
      defaultStart: async () => 0,
      offsetRange: async () => ({ start: 30, end: 100 }),
      topicsChanged: async () => false,
    },
  );
  const loop = new FetchLoop({
    cluster,
    session,
    logger: silentLogger,
    limits: { maxWaitMs: 10, minBytes: 1, maxBytes: 1_000_000 },
    maxBytesPerPartition: LIMIT,
    lingerMs: 0,
    metadataMaxAgeMs: 60_000,
    incarnationOf: () => 'abc',
    topicsChanged: async () => false,
  });
  session.begin();
  return { session, requests, running: loop.run() };
}

/** Reads the targets back out of a Fetch v11 request of one topic. */
function targetsOf(body: Buffer): FetchTarget[] {
  const count = body.readInt32BE(29 + 2 + TOPIC.length);
  return Array.from({ length: count }, (_, n) => {
    const at = 29 + 6 + TOPIC.length + 28 * n;
    return {
      topic: TOPIC,
      partition: body.readInt32BE(at),
      fetchOffset: Number(body.readBigInt64BE(at + 8)),
      maxBytes: body.readInt32BE(at + 24),
    };
  });
}

const NOTHING: Answer = { errorCode: 0, highWatermark: 100, records: Buffer.alloc(0) };

function aBatch(baseOffset: number, value: string | Buffer = 'v'): Buffer {
  const batch = Buffer.from(
    encodeRecordBatch([{ key: null, value, headers: [] }], { producerId: '1', producerEpoch: 0 }, 0, 1),
  );
  batch.writeBigInt64BE(BigInt(baseOffset), 0);
  return batch;
}

test('a fetch response is dropped if the partition was repositioned in the meantime', async () => {
  const handed: RawBatch[] = [];
  let start = 50;
  let release: (answer: Answer) => void = () => undefined;
  const { session, requests, running } = setUp(
    1,
    {
      assigned: async () => start,
      batch: async (batch) => {
        handed.push(batch);
        session.end();
        return { nextOffset: batch.nextOffset };
      },
    },
    ({ fetchOffset }) =>
      fetchOffset === 50 ? new Promise<Answer>((resolve) => (release = resolve)) : { ...NOTHING, records: aBatch(0) },
  );
  const [state] = session.partitions;
  while (state?.phase !== 'ready') await new Promise((resolve) => setImmediate(resolve));
  while (requests.length === 0) await new Promise((resolve) => setImmediate(resolve));
  await new Promise((resolve) => setImmediate(resolve));

  start = 0;
  session.reassign({ topic: TOPIC, partition: 0 });
  while (session.partitions[0]?.position !== 0) await new Promise((resolve) => setImmediate(resolve));
  release({ ...NOTHING, records: aBatch(50) });
  await running;

  expect(handed.map(({ fetchOffset, records }) => [fetchOffset, records[0]?.offset])).toEqual([[0, 0]]);
  expect(handed[0]?.incarnation).toBe('abc');
});

test('an offset below the log start moves to the log start that the broker reports, and the lost records are reported once', async () => {
  const lost: number[][] = [];
  const { session, requests, running } = setUp(
    1,
    {
      assigned: async () => 10,
      lost: (_target, from, to) => void lost.push([from, to]),
      batch: async ({ fetchOffset, nextOffset }) => {
        if (requests.length > 4) session.end();
        // It declines the batch twice: the same offset is read again and is still below the start.
        return { nextOffset: requests.length > 4 ? nextOffset : fetchOffset };
      },
    },
    ({ fetchOffset }) => (fetchOffset < 30 ? { ...NOTHING, errorCode: 1 } : { ...NOTHING, records: aBatch(30) }),
  );

  await running;

  expect(requests[0]?.[0]?.fetchOffset).toBe(10);
  expect(requests[1]?.[0]?.fetchOffset).toBe(30);
  expect(lost).toEqual([[10, 30]]);
});

test('partitions take turns at the first position of a fetch', async () => {
  const { session, requests, running } = setUp(3, {}, () => {
    if (requests.length === 6) session.end();
    return NOTHING;
  });

  await running;

  const firsts = requests.filter((targets) => targets.length === 3).map(([first]) => first?.partition);
  expect(new Set(firsts.slice(0, 3)).size).toBe(3);
});

test('a batch larger than the partition limit is fetched whole, and the next fetch uses the usual limit', async () => {
  const large = aBatch(0, Buffer.alloc(5_000));
  const asked: number[] = [];
  const { session, running } = setUp(1, {}, ({ fetchOffset, maxBytes }) => {
    asked.push(maxBytes);
    if (asked.length === 4) session.end();
    if (fetchOffset === 0) return { ...NOTHING, records: maxBytes < large.length ? Buffer.alloc(0) : large };
    return { ...NOTHING, records: aBatch(fetchOffset) };
  });

  await running;

  expect(asked).toEqual([LIMIT, 1024 * 1024 + 64 * 1024, large.length, LIMIT]);
});

test('control records up to the end of the log are reported, because no batch follows', async () => {
  const ends: number[] = [];
  const marker = aBatch(0);
  marker.writeInt16BE(0x30, 21);
  const { session, running } = setUp(
    1,
    {
      atEnd: ({ partition }) => {
        ends.push(partition);
        session.end();
      },
    },
    () => ({ errorCode: 0, highWatermark: 1, records: marker }),
  );

  await running;

  expect(ends).toEqual([0]);
});
