import { featuresTopic, labelsTopic, transactionsTopic } from '@fraudflow/contracts';
import { invalidInput, parseDurationMs } from '@fraudflow/core';
import type { Command } from 'commander';
import { awaitCount, RecordCount } from '../replay/catch-up.js';
import { connect, type Connection } from '../replay/connect.js';
import { readHandbookFile } from '../replay/handbook-file.js';
import { Pacer } from '../replay/pacer.js';
import { bar, grouped, ProgressLine } from '../replay/progress-line.js';
import { replay, type ReplayOptions, type ReplayProgress } from '../replay/replay.js';
import { TopicWriter } from '../replay/topic-writer.js';
import type { CliCommand } from '../program/cli-command.js';
import type { CliContext } from '../program/cli-context.js';
import { CommandFailed, EXIT_FAILURE } from '../program/exit-code.js';

const EXIT_INTERRUPTED = 130;
const BAR_WIDTH = 30;

interface ReplayArguments {
  readonly speed: string;
  readonly labelDelay: string;
  readonly limitDays?: string;
  readonly from?: string;
  readonly until?: string;
  readonly wait?: boolean;
  readonly json?: boolean;
}

/** `fraudflow replay FILE`: a handbook-format file through the whole stream path. */
export const replayCommand: CliCommand = {
  register(program: Command, context: CliContext): void {
    program
      .command('replay')
      .description("send a file of the handbook's format (.csv or .csv.gz) through the running system")
      .argument(
        '<file>',
        'columns TRANSACTION_ID,TX_DATETIME,CUSTOMER_ID,TERMINAL_ID,TX_AMOUNT,TX_FRAUD,TX_FRAUD_SCENARIO',
      )
      .option('--speed <rate>', 'max, or transactions a second', 'max')
      .option('--label-delay <span>', 'event time after which the label of a fraud counts', '7d')
      .option('--limit-days <n>', 'only so many days from the first one')
      .option('--from <time>', 'only from this event time on, e.g. 2018-04-01')
      .option('--until <time>', 'only before this event time')
      .option('--wait', 'wait until the stream has emitted the features of every transaction')
      .option('--json', 'print the result as JSON')
      .action((file: string, args: ReplayArguments) => runReplay(file, args, context));
  },
};

async function runReplay(file: string, args: ReplayArguments, context: CliContext): Promise<void> {
  const options = replayOptions(args, context.interrupted);
  const connection = await connect(context);
  try {
    const startedAtMs = performance.now();
    const { bus } = connection;
    const count = args.wait ? await RecordCount.fromEnd(bus.admin, featuresTopic.name) : undefined;
    const sent = await send(file, options, connection);
    const seconds = (performance.now() - startedAtMs) / 1_000;
    const features = count === undefined ? undefined : await waitForFeatures(count, sent.rows, context);
    tell({ file, ...sent, seconds, features, allSeconds: (performance.now() - startedAtMs) / 1_000 }, args, context);
    if (context.interrupted.aborted) throw new CommandFailed(EXIT_INTERRUPTED);
    if (features !== undefined && features < sent.rows) throw new CommandFailed(EXIT_FAILURE);
  } finally {
    await connection.bus.close();
  }
}

async function send(file: string, options: ReplayOptions, { bus }: Connection): Promise<ReplayProgress> {
  const producer = bus.producer();
  const writer = await TopicWriter.open(producer, bus.admin, [transactionsTopic.name, labelsTopic.name]);
  const line = new ProgressLine();
  const startedAtMs = performance.now();
  let last: ReplayProgress = { rows: 0, labels: 0, share: 0, newestMs: 0 };
  try {
    for await (last of replay(readHandbookFile(file), writer, options)) {
      line.update(sentLine(last, performance.now() - startedAtMs));
    }
  } finally {
    await producer.close();
  }
  line.finish(sentLine(last, performance.now() - startedAtMs));
  return last;
}

function sentLine({ share, rows, labels, newestMs }: ReplayProgress, elapsedMs: number): string {
  const perSecond = rows / Math.max(1e-3, elapsedMs / 1_000);
  const day = newestMs === 0 ? '' : `, at ${new Date(newestMs).toISOString().slice(0, 10)}`;
  return `${bar(share, BAR_WIDTH)} ${grouped(rows)} transactions, ${grouped(labels)} labels, ${grouped(perSecond)}/s${day}`;
}

/** How many feature vectors came out; fewer than rows if some were rejected or had been sent before. */
async function waitForFeatures(count: RecordCount, rows: number, { interrupted, note }: CliContext): Promise<number> {
  const line = new ProgressLine();
  for await (const { done } of awaitCount(() => count.towards(rows), rows, { signal: interrupted })) {
    line.update(`${bar(done / Math.max(1, rows), BAR_WIDTH)} ${grouped(done)} of ${grouped(rows)} feature vectors`);
  }
  const done = await count.exact();
  line.finish(`${grouped(done)} of ${grouped(rows)} feature vectors`);
  if (done < rows) {
    note('the rest does not come: see transactions.dlq for rejected rows; rows sent before are duplicates');
  }
  return done;
}

interface Result extends ReplayProgress {
  readonly file: string;
  readonly seconds: number;
  readonly features: number | undefined;
  readonly allSeconds: number;
}

function tell(result: Result, { json }: ReplayArguments, { out }: CliContext): void {
  const { file, rows, labels, seconds, features, allSeconds } = result;
  if (json) {
    out(
      JSON.stringify({
        file,
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

function replayOptions(args: ReplayArguments, signal: AbortSignal): ReplayOptions {
  return {
    pacer: new Pacer(speed(args.speed)),
    signal,
    labelDelayMs: parseDurationMs(args.labelDelay),
    fromMs: instant('--from', args.from),
    untilMs: instant('--until', args.until),
    limitDays: args.limitDays === undefined ? undefined : positive('--limit-days', args.limitDays),
  };
}

function speed(text: string): number {
  return text === 'max' ? Infinity : positive('--speed', text);
}

function positive(option: string, text: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw invalidInput(`${option} must be a number above 0${option === '--speed' ? ' or max' : ''}, not "${text}"`);
}

function instant(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const ms = Date.parse(/^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00:00Z` : text);
  if (Number.isNaN(ms))
    throw invalidInput(`${option} must be a time such as 2018-04-01 or 2018-04-01T12:00:00Z, not "${text}"`);
  return ms;
}
