import { transactionsScoredTopic } from '@fraudflow/contracts';
import { timedOut } from '@fraudflow/core';
import type { DemoContext } from '../../demo/context/demo-context.js';
import { endOf, type Position, readOn } from '../../export/topic-reader.js';
import { awaitCount, RecordCount } from '../../replay/catch-up.js';
import type { RunFigures } from '../report/figure.js';

const BACKLOG = 60_000;
const IDLE_LIMIT_MS = 20_000;

/**
 * How fast a backlog goes from `transactions` to `transactions.scored`. Ingestion is held while the backlog is written,
 * so that the producer takes no part of the machine from what is measured; the rate is taken between the first and the
 * last score's append times, as the broker stamped them.
 */
export async function measureThroughput(demo: DemoContext): Promise<RunFigures> {
  const { log, stack } = demo;
  const topic = transactionsScoredTopic.name;
  const position = await endOf(log, topic);
  const scores = await RecordCount.fromEnd(log, topic);
  let wanted = 0;
  stack.kill('ingestion', 'SIGSTOP');
  try {
    wanted = await writeBacklog(demo);
  } finally {
    stack.kill('ingestion', 'SIGCONT');
  }
  const count = (): Promise<number> => scores.towards(wanted);
  let done = 0;
  for await (const state of awaitCount(count, wanted, { idleMs: IDLE_LIMIT_MS, signal: demo.signal }))
    done = state.done;
  if (done < wanted) throw timedOut(`only ${done} of ${wanted} transactions were scored`);
  const { firstMs, lastMs } = await appendSpan(demo, topic, position);
  return { transactions_per_second: { value: (wanted * 1_000) / (lastMs - firstMs), unit: '1/s' } };
}

async function writeBacklog({ source, writer }: DemoContext): Promise<number> {
  let written = 0;
  while (written < BACKLOG) {
    const items = source.nextDay();
    await writer.write(items.map((item) => item.record));
    written += items.filter((item) => item.kind === 'transaction').length;
  }
  await writer.flush();
  return written;
}

async function appendSpan({ log }: DemoContext, topic: string, position: Position) {
  let firstMs = Infinity;
  let lastMs = -Infinity;
  for await (const { appendedAtMs } of readOn(log, topic, position)) {
    firstMs = Math.min(firstMs, appendedAtMs);
    lastMs = Math.max(lastMs, appendedAtMs);
  }
  return { firstMs, lastMs };
}
