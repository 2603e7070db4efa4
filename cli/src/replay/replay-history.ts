import type { featuresV1 } from '@fraudflow/contracts';
import { historyRecord } from './history-records.js';
import type { PacedSender, Sending } from './paced-sender.js';
import type { ReplayProgress } from './replay.js';

type HistoryEvent = featuresV1.HistoryEvent;

export interface HistoryReplayOptions {
  /** Newest event time of the history, ms, for the progress. */
  readonly newestMs: number;
  readonly signal?: AbortSignal;
}

/**
 * Sends stored transactions and labels in the order of reading. A label is sent together with the transaction before
 * it, so that the rate counts transactions. Yields the progress; the last progress is acknowledged by the broker. Stops
 * early when the signal aborts.
 */
export async function* replayHistory(
  batches: AsyncIterable<readonly HistoryEvent[]>,
  sender: PacedSender,
  { newestMs, signal }: HistoryReplayOptions,
): AsyncGenerator<ReplayProgress> {
  let firstMs: number | undefined;
  let state: ReplayProgress = { rows: 0, labels: 0, share: 0, newestMs: 0 };
  for await (const events of batches) {
    firstMs ??= events[0]?.event?.value.occurredAtMs;
    for await (const piece of sender.send(turnsOf(events), TURNS)) {
      state = advanced(state, piece);
      yield { ...state, share: share(firstMs ?? 0, state.newestMs, newestMs) };
    }
    if (signal?.aborted) break;
  }
  await sender.settle();
  yield { ...state, share: signal?.aborted ? share(firstMs ?? 0, state.newestMs, newestMs) : 1 };
}

const TURNS: Sending<readonly HistoryEvent[]> = {
  recordsOf: (turn) => turn.map(historyRecord),
  timeOf: ([first]) => first?.event?.value.occurredAtMs ?? 0,
};

/** A transaction with the labels after it; labels before the first transaction are sent alone. */
function turnsOf(events: readonly HistoryEvent[]): readonly (readonly HistoryEvent[])[] {
  const turns: HistoryEvent[][] = [];
  for (const event of events) {
    const current = turns.at(-1);
    if (current === undefined || event.event?.$case === 'transaction') turns.push([event]);
    else current.push(event);
  }
  return turns;
}

function advanced(state: ReplayProgress, turns: readonly (readonly HistoryEvent[])[]): ReplayProgress {
  let { rows, labels, newestMs } = state;
  for (const { event } of turns.flat()) {
    if (event?.$case === 'label') labels++;
    if (event?.$case !== 'transaction') continue;
    rows++;
    newestMs = Math.max(newestMs, event.value.occurredAtMs);
  }
  return { ...state, rows, labels, newestMs };
}

function share(firstMs: number, atMs: number, lastMs: number): number {
  return lastMs <= firstMs ? 0 : Math.min(1, Math.max(0, (atMs - firstMs) / (lastMs - firstMs)));
}
