import { transactionsScoredTopic } from '@fraudflow/contracts';
import { timedOut } from '@fraudflow/core';
import type { TrainedSystem } from '../contract/trained-system.js';
import { endOf, type Position, readOn } from '../system/topic-reader.js';
import { awaitCount, RecordCount } from '../system/catch-up.js';
import type { RunFigures } from '../report/figure.js';

const BACKLOG = 60_000;
const IDLE_LIMIT_MS = 20_000;

/**
 * Rate of a backlog from `transactions` to `transactions.scored`. Ingestion is paused while the backlog is written, so
 * that the producer does not use CPU time during the measurement. The rate is measured between the broker's append
 * times of the first and the last score.
 */
export async function measureThroughput(system: TrainedSystem): Promise<RunFigures> {
  const { log, stack } = system;
  const topic = transactionsScoredTopic.name;
  const position = await endOf(log, topic);
  const scores = await RecordCount.fromEnd(log, topic);
  let wanted = 0;
  stack.kill('ingestion', 'SIGSTOP');
  try {
    wanted = await writeBacklog(system);
  } finally {
    stack.kill('ingestion', 'SIGCONT');
  }
  const count = (): Promise<number> => scores.towards(wanted);
  let done = 0;
  for await (const state of awaitCount(count, wanted, { idleMs: IDLE_LIMIT_MS, signal: system.signal }))
    done = state.done;
  if (done < wanted) throw timedOut(`only ${done} of ${wanted} transactions were scored`);
  const { firstMs, lastMs } = await appendSpan(system, topic, position);
  return { transactions_per_second: { value: (wanted * 1_000) / (lastMs - firstMs), unit: '1/s' } };
}

async function writeBacklog({ source, writer }: TrainedSystem): Promise<number> {
  let written = 0;
  while (written < BACKLOG) {
    const items = source.nextDay();
    await writer.write(items.map((item) => item.record));
    written += items.filter((item) => item.kind === 'transaction').length;
  }
  await writer.flush();
  return written;
}

async function appendSpan({ log }: TrainedSystem, topic: string, position: Position) {
  let firstMs = Infinity;
  let lastMs = -Infinity;
  for await (const { appendedAtMs } of readOn(log, topic, position)) {
    firstMs = Math.min(firstMs, appendedAtMs);
    lastMs = Math.max(lastMs, appendedAtMs);
  }
  return { firstMs, lastMs };
}
