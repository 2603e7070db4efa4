import { expect, test } from 'vitest';
import { silentLogger } from '@fraudflow/observability';
import type { GroupMembership } from './group-membership.js';
import { GroupSession } from './group-session.js';

function aSession(heartbeat: () => Promise<void>, batch: () => Promise<void> = async () => undefined): GroupSession {
  const membership = { heartbeat, committed: async () => new Map(), commit: async () => undefined };
  return new GroupSession([{ topic: 't', partition: 0 }], {
    membership: membership as unknown as GroupMembership,
    handlers: {
      batch: async ({ nextOffset }) => {
        await batch();
        return { nextOffset };
      },
    },
    logger: silentLogger,
    heartbeatEveryMs: 5,
    sessionTimeoutMs: 50,
    defaultStart: async () => 0,
    offsetRange: async () => ({ start: 0, end: 0 }),
    topicsChanged: async () => true,
  });
}

const BATCH = { topic: 't', partition: 0, records: [], fetchOffset: 0, nextOffset: 1, highWatermark: 1 };

test('a coordinator that never responds to a heartbeat ends the session after the session timeout', async () => {
  const session = aSession(() => new Promise(() => undefined));

  session.begin();
  await new Promise<void>((resolve) => session.signal.addEventListener('abort', () => resolve()));
  await session.drained();

  expect(session.failure).toMatchObject({ code: 'SESSION_LOST' });
});

test('heartbeats continue after the session while the last batch finishes', async () => {
  let beats = 0;
  let finish: () => void = () => undefined;
  const session = aSession(
    async () => void beats++,
    () => new Promise((resolve) => (finish = resolve)),
  );
  session.begin();
  const [state] = session.partitions;
  if (!state) throw new Error('no partition');
  const handled = session.handle(state, BATCH);
  session.end();
  const before = beats;
  while (beats < before + 3) await new Promise((resolve) => setImmediate(resolve));

  finish();
  await handled;
  await session.drained();

  expect(session.failure).toBeUndefined();
});

test('an offset beyond the end of a recreated topic ends the session instead of reading the new topic as the old one', async () => {
  const session = aSession(async () => undefined);
  session.begin();
  const [state] = session.partitions;
  if (!state) throw new Error('no partition');
  while (state.phase !== 'ready') await new Promise((resolve) => setImmediate(resolve));
  state.moveTo(20);

  session.reposition(state);
  await session.drained();

  expect(session.signal.aborted).toBe(true);
  expect(session.failure).toBeUndefined();
  expect(state.position).toBe(20);
});
