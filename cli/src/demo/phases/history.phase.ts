import { checkAlive, type DemoContext, waitUntil } from '../context/demo-context.js';
import { StoredHistory } from '../facts/stored-history.js';
import { grpcAddress } from '@fraudflow/bench';

// The stream has its own bounds; this bound excludes queueing time from the demo's latencies.
const MAX_WAITING = 40_000;
const STALL_LIMIT_MS = 60_000;

/**
 * (a) Sends all days of history as fast as the stream accepts them, then waits until the last feature vector is stored.
 */
export async function historyPhase(context: DemoContext): Promise<void> {
  const { board, observer, options, source, writer } = context;
  board.begin('history');
  let write: Promise<void> = Promise.resolve();
  let expected = 0;
  const show = (): void => {
    const days = `day ${Math.min(source.days, options.historyDays)} of ${options.historyDays}`;
    const share = observer.flows.features.count / Math.max(1, estimate(expected, source.days, options.historyDays));
    board.progress(Math.min(1, share), `${days}, ${Math.round(observer.flows.features.perSecond)} vectors/s`);
  };
  while (source.days < options.historyDays) {
    checkAlive(context);
    const items = source.nextDay();
    expected += items.filter((item) => item.kind === 'transaction').length;
    await write;
    write = writer.write(items.map((item) => item.record));
    // The next await throws the failure; until then it is not unhandled.
    write.catch(() => undefined);
    observer.duplicatesSent += items.filter((item) => item.kind === 'duplicate').length;
    observer.eventTimeMs = items.at(-1)?.atMs;
    const isRoomy = (): boolean => expected - observer.flows.features.count < MAX_WAITING;
    await waitUntil(context, isRoomy, { what: 'space in the stream', limitMs: STALL_LIMIT_MS, onPoll: show });
    show();
  }
  await write;
  await writer.flush();
  const isOut = (): boolean => observer.flows.features.count >= expected;
  await waitUntil(context, isOut, {
    what: 'the last feature vector of history',
    limitMs: STALL_LIMIT_MS,
    onPoll: show,
  });
  await untilStored(context, expected);
  board.progress(1, `${expected} transactions`);
}

async function untilStored(context: DemoContext, expected: number): Promise<void> {
  const stored = new StoredHistory(grpcAddress(context.stack, 'feature-store'));
  try {
    const what = 'the offline store to hold the history';
    const isStored = (): boolean => stored.transactions() >= expected && stored.areLabelsSettled();
    const onPoll = (): void =>
      context.board.progress(
        1,
        `${stored.transactions()} of ${expected} transactions and ${stored.labels()} labels stored`,
      );
    await waitUntil(context, isStored, { what, limitMs: 2 * STALL_LIMIT_MS, onPoll });
  } finally {
    stored.close();
  }
}

function estimate(sent: number, days: number, allDays: number): number {
  return days === 0 ? 0 : (sent / days) * allDays;
}
