import { featuresTopic, labelsTopic, transactionsTopic } from '@fraudflow/contracts';
import type { Command } from 'commander';
import type { CliCommand } from '../program/cli-command.js';
import type { CliContext } from '../program/cli-context.js';
import { CommandFailed, EXIT_FAILURE } from '../program/exit-code.js';
import { featureStoreAddress } from '../program/feature-store.js';
import { awaitCount, RecordCount, TopicWriter } from '@fraudflow/bench';
import { connect, type Connection } from '../replay/connect.js';
import { bar, grouped, ProgressLine } from '../replay/progress-line.js';
import { checkSource, DEFAULT_LABEL_DELAY, type ReplayArguments, replayOptions } from '../replay/replay-arguments.js';
import { fileSource, type ReplaySource } from '../replay/replay-source.js';
import type { ReplayProgress } from '../replay/replay.js';
import { storeSource } from '../replay/store-source.js';

const EXIT_INTERRUPTED = 130;
const BAR_WIDTH = 30;

/**
 * `fraudflow replay FILE | --from-store`: sends a handbook-format file, or stored history, through the whole stream
 * path.
 */
export const replayCommand: CliCommand = {
  register(program: Command, context: CliContext): void {
    program
      .command('replay')
      .description(
        "send a file of the handbook's format (.csv or .csv.gz), or the history of a feature store, through a running system",
      )
      .argument(
        '[file]',
        'columns TRANSACTION_ID,TX_DATETIME,CUSTOMER_ID,TERMINAL_ID,TX_AMOUNT,TX_FRAUD,TX_FRAUD_SCENARIO',
      )
      .option('--from-store', 'instead of a file: transactions and labels of the offline store, in order of arrival')
      .option(
        '--address <host:port>',
        'with --from-store: gRPC of the feature store; default: that of the running stack',
      )
      .option('--to <brokers>', 'another Kafka, host:port with commas; default: that of the running stack')
      .option('--speed <rate>', 'max, or transactions a second', 'max')
      .option(
        '--label-delay <span>',
        `of a file: event time after which the label of a fraud counts (default: ${DEFAULT_LABEL_DELAY})`,
      )
      .option('--limit-days <n>', 'files only: number of days to send, counted from the first')
      .option('--from <time>', 'only from this event time on, e.g. 2018-04-01')
      .option('--until <time>', 'only before this event time')
      .option('--wait', 'wait until the stream has emitted the features of every transaction')
      .option('--json', 'print the result as JSON')
      .action((file: string | undefined, args: ReplayArguments) => runReplay(file, args, context));
  },
};

async function runReplay(file: string | undefined, args: ReplayArguments, context: CliContext): Promise<void> {
  checkSource(file, args);
  const options = replayOptions(args, context.interrupted);
  const address = file === undefined ? (args.address ?? featureStoreAddress(context)) : '';
  const connection = await connect(context, args.to);
  let source: ReplaySource | undefined;
  try {
    source = file === undefined ? await storeSource(address, options, connection, context) : fileSource(file, options);
    await sendAndTell(source, args, connection, context);
  } finally {
    source?.close();
    await connection.bus.close();
  }
}

async function sendAndTell(
  source: ReplaySource,
  args: ReplayArguments,
  { bus }: Connection,
  context: CliContext,
): Promise<void> {
  const startedAtMs = performance.now();
  const count = args.wait ? await RecordCount.fromEnd(bus.admin, featuresTopic.name) : undefined;
  const sent = await send(source, bus, context);
  const seconds = (performance.now() - startedAtMs) / 1_000;
  const features = count === undefined ? undefined : await waitForFeatures(count, sent.rows, context);
  printResult(
    { ...sent, source, seconds, features, allSeconds: (performance.now() - startedAtMs) / 1_000 },
    args,
    context,
  );
  if (context.interrupted.aborted) throw new CommandFailed(EXIT_INTERRUPTED);
  if (features !== undefined && features < sent.rows && !source.isKnown) throw new CommandFailed(EXIT_FAILURE);
}

async function send(source: ReplaySource, bus: Connection['bus'], context: CliContext): Promise<ReplayProgress> {
  const producer = bus.producer();
  const line = new ProgressLine();
  const startedAtMs = performance.now();
  let last: ReplayProgress = { rows: 0, labels: 0, share: 0, newestMs: 0 };
  let isComplete = false;
  try {
    const writer = await TopicWriter.open(producer, bus.admin, [transactionsTopic.name, labelsTopic.name]);
    for await (last of source.send(writer)) line.update(sentLine(last, performance.now() - startedAtMs));
    isComplete = !context.interrupted.aborted;
    line.finish(sentLine(last, performance.now() - startedAtMs));
  } finally {
    await producer.close();
    const advice = isComplete ? undefined : source.goOn(last);
    if (advice !== undefined) context.note(advice);
  }
  return last;
}

function sentLine({ share, rows, labels, newestMs }: ReplayProgress, elapsedMs: number): string {
  const perSecond = rows / Math.max(1e-3, elapsedMs / 1_000);
  const day = newestMs === 0 ? '' : `, at ${new Date(newestMs).toISOString().slice(0, 10)}`;
  return `${bar(share, BAR_WIDTH)} ${grouped(rows)} transactions, ${grouped(labels)} labels, ${grouped(perSecond)}/s${day}`;
}

/** Number of emitted feature vectors; fewer than rows if some were rejected or had been sent before. */
async function waitForFeatures(count: RecordCount, rows: number, { interrupted, note }: CliContext): Promise<number> {
  const line = new ProgressLine();
  for await (const { done } of awaitCount(() => count.towards(rows), rows, { signal: interrupted })) {
    line.update(`${bar(done / Math.max(1, rows), BAR_WIDTH)} ${grouped(done)} of ${grouped(rows)} feature vectors`);
  }
  const done = await count.exact();
  line.finish(`${grouped(done)} of ${grouped(rows)} feature vectors`);
  if (done < rows) {
    note(
      'no further feature vectors are expected: see transactions.dlq for rejected rows; rows sent before are duplicates',
    );
  }
  return done;
}

interface Result extends ReplayProgress {
  readonly source: ReplaySource;
  readonly seconds: number;
  readonly features: number | undefined;
  readonly allSeconds: number;
}

function printResult(result: Result, { json }: ReplayArguments, { out }: CliContext): void {
  const { source, rows, labels, seconds, features, allSeconds } = result;
  if (json) {
    out(
      JSON.stringify({
        ...source.origin,
        rows,
        labels,
        seconds,
        rows_per_second: rows / seconds,
        features,
        all_seconds: allSeconds,
      }),
    );
    return;
  }
  out(`${grouped(rows)} transactions and ${grouped(labels)} labels in ${seconds.toFixed(1)} s`);
  if (features !== undefined) {
    out(
      `${grouped(features)} feature vectors after ${allSeconds.toFixed(1)} s, ${grouped(features / allSeconds)}/s end to end`,
    );
  }
}
