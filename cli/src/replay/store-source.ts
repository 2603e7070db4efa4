import { transactionsTopic } from '@fraudflow/contracts';
import { failedPrecondition, invalidInput, AppError } from '@fraudflow/core';
import { ALLOWED_LATENESS_MS, TERMINAL_RETENTION_MS } from '@fraudflow/features';
import { runningStack, type StackAddresses } from '@fraudflow/local';
import type { BusAdmin } from '@fraudflow/messaging';
import type { CliContext } from '../program/cli-context.js';
import { runningStackSettings } from '../program/stack-settings.js';
import { moment, span } from '../report/figures.js';
import { appendedCount } from '@fraudflow/bench';
import type { Connection } from './connect.js';
import { type HistoryRange, HistoryReader } from './history-reader.js';
import { PacedSender } from './paced-sender.js';
import { grouped } from './progress-line.js';
import type { ReplayOptions } from './replay.js';
import { replayHistory } from './replay-history.js';
import type { ReplaySource } from './replay-source.js';

const END_OF_TIME_MS = Date.UTC(9_999, 0);

/**
 * Event time after which a terminal's state no longer contains a transaction. If such a transaction is sent again, it
 * counts as a new late one: its features are emitted and stored a second time.
 */
const REMEMBERED_MS = TERMINAL_RETENTION_MS;

/**
 * The history of a feature store, ready to be sent to a Kafka.
 * @param address gRPC of the feature store, `host:port`
 * @throws AppError failed_precondition if it holds nothing, invalid_input if it would be stored a second time,
 * unavailable
 */
export async function storeSource(
  address: string,
  options: ReplayOptions,
  { bus, brokers }: Connection,
  context: CliContext,
): Promise<ReplaySource> {
  const { signal = context.interrupted, pacer } = options;
  const range = { fromMs: options.fromMs ?? 0, toMs: options.untilMs ?? END_OF_TIME_MS };
  const isKnown = isOfOneStack(address, brokers, context);
  const reader = new HistoryReader(address);
  try {
    const { transactions, labels, newestEventMs } = await reader.describe();
    if (transactions === 0) throw holdsNothing(address);
    if (isKnown) {
      await checkRemembered(reader, range, newestEventMs - REMEMBERED_MS, signal);
      context.note(
        `the running stack already holds these (${grouped(transactions)} transactions and ${grouped(labels)} labels, up to ` +
          `${moment(newestEventMs)}): it will count duplicates and change nothing; --to HOST:PORT sends to another Kafka`,
      );
    } else {
      await tellIfNotFresh(bus.admin, brokers, context);
    }
    const newestMs = Math.min(range.toMs, newestEventMs);
    return {
      origin: { feature_store: address },
      isKnown,
      send: (writer) =>
        replayHistory(reader.events(range, signal), new PacedSender(writer, pacer, signal), { newestMs, signal }),
      goOn: ({ rows, newestMs: sentMs }) => (rows === 0 ? undefined : goOn(sentMs)),
      close: () => reader.close(),
    };
  } catch (thrown) {
    reader.close();
    throw thrown;
  }
}

/** A system that got a copy before is not empty, either: old transactions would be stored twice. */
async function tellIfNotFresh(
  admin: BusAdmin,
  brokers: readonly string[],
  { note }: Pick<CliContext, 'note'>,
): Promise<void> {
  const topic = transactionsTopic.name;
  if ((await admin.partitionCount(topic)) === undefined) return;
  const records = await appendedCount(admin, topic);
  if (records === 0) return;
  note(
    `topic ${topic} of ${brokers.join(',')} already holds ${grouped(records)} records: those sent again are recognised as repeats ` +
      `for ${span(REMEMBERED_MS)} of event time only`,
  );
}

/** True if the feature store and the Kafka are those of the stack that runs here. */
function isOfOneStack(address: string, brokers: readonly string[], { env }: CliContext): boolean {
  const { dataDir, external } = runningStackSettings(env);
  const stack = stackOn(dataDir, external);
  const own = stack?.services['feature-store']?.grpc;
  if (stack === undefined || own === undefined || sameHost(own) !== sameHost(address)) return false;
  const theirs = new Set(stack.kafkaBrokers.map(sameHost));
  return brokers.some((broker) => theirs.has(sameHost(broker)));
}

function stackOn(...where: Parameters<typeof runningStack>): StackAddresses | undefined {
  try {
    return runningStack(...where);
  } catch (thrown) {
    if (thrown instanceof AppError && thrown.code === 'NOT_RUNNING') return undefined;
    throw thrown;
  }
}

function sameHost(address: string): string {
  return address.replace(/^localhost:/, '127.0.0.1:');
}

/** @throws AppError invalid_input if the range holds transactions that the stack no longer recognises as duplicates */
async function checkRemembered(
  reader: HistoryReader,
  range: HistoryRange,
  rememberedFromMs: number,
  signal: AbortSignal,
): Promise<void> {
  const toMs = Math.min(range.toMs, rememberedFromMs);
  if (toMs <= range.fromMs || !(await reader.hasTransactions({ ...range, toMs }, signal))) return;
  throw invalidInput(
    `the running stack detects duplicates for ${span(REMEMBERED_MS)} of event time only: transactions before ` +
      `${new Date(rememberedFromMs).toISOString()} would be stored a second time. Send them to another Kafka with ` +
      `--to HOST:PORT, or begin at that time with --from`,
    { code: 'WOULD_BE_STORED_TWICE', field: '--from' },
  );
}

function holdsNothing(address: string): AppError {
  return failedPrecondition(
    `the feature store at ${address} has no transactions yet; ./fraudflow replay FILE.csv sends some`,
  );
}

/** Events are sent in the order of arrival, so events may be missing that are older by the allowed lateness. */
function goOn(sentMs: number): string {
  const from = new Date(sentMs - ALLOWED_LATENESS_MS).toISOString();
  return `sent up to ${moment(sentMs)}; the same command with --from ${from} continues (duplicates are recognised)`;
}
