import type { arrowFlight } from '@fraudflow/contracts';
import { type Clock, unreachable } from '@fraudflow/core';
import type { HistoricalFeatures } from '../offline/historical-features.port.js';
import { BoundedReads } from '../offline/bounded-reads.js';
import { Slots } from '../offline/slots.js';
import type { PushedRowArchive } from '../serving/pushed-row-archive.port.js';
import type { Answer } from './answer.js';
import { type Command, type HistoricalCommand, parseCommand } from './commands.js';
import type { FlightOptions } from './flight-config.js';
import { flightError, flightMistake } from './flight-errors.js';
import { historicalAnswer, isWithoutRows } from './historical-answer.js';
import { batchMessages, schemaMessages } from './ipc-framing.js';
import { PendingCommands } from './pending-commands.js';
import { pullAnswer, viewOfSource } from './pull-answer.js';
import { writePushedRows } from './pushed-write.js';
import { rangeAnswer } from './range-answer.js';
import { sourceColumnsAnswer, sourceName } from './source-columns.js';
import type { StoredTransactions } from './stored-rows.js';
import { readUpload, type Upload } from './upload.js';
import type { ViewHistory } from './view-history.port.js';
import { withDeadline } from './with-deadline.js';

type Messages = AsyncIterable<arrowFlight.FlightData>;

/** What the calls of the offline store are answered from. */
export interface FlightSources {
  readonly historical: HistoricalFeatures;
  readonly history: ViewHistory;
  readonly transactions: StoredTransactions;
  readonly archive: PushedRowArchive;
}

/** What the offline store tells of its calls. */
export interface FlightEvents {
  historyAnswered(api: string, rows: number, seconds: number): void;
  historyFailed(api: string): void;
  rowsArchived(view: string, rows: number): void;
}

/**
 * Feast's remote offline store. One exchange answers a command (Feast from 0.67 on); older SDKs put the command, ask for its ticket and
 * get the answer. Memory is bounded: so many answers at once, so many bytes up, so many rows.
 */
export class FlightService {
  readonly pending: PendingCommands;
  private readonly slots: Slots;
  private readonly reads: BoundedReads;

  constructor(
    private readonly sources: FlightSources,
    private readonly settings: FlightOptions,
    private readonly events: FlightEvents,
    private readonly clock: Clock,
  ) {
    this.pending = new PendingCommands(settings, clock);
    this.slots = new Slots(settings.maxAnswers, () =>
      flightError('unavailable', 'FeastError', 'too many historical requests at once: try again later'),
    );
    this.reads = new BoundedReads(this.slots, settings.readerTimeoutMs);
  }

  /** Takes a command: writes are done at once, questions wait for `get`. */
  async put(messages: Messages, signal: AbortSignal): Promise<void> {
    const release = await this.slots.acquire(signal);
    try {
      const upload = await this.receive(messages);
      const command = parseCommand(upload.command);
      if (command.api === 'offline_write_batch') await this.write(command.feature_view_names, upload);
      else if (command.api === 'validate_data_source') viewOfSource(sourceName(command.data_source_proto));
      else this.pending.add(upload);
    } finally {
      release();
    }
  }

  /** The answer of a command that was put. */
  get(ticket: string, signal: AbortSignal): AsyncGenerator<arrowFlight.FlightData> {
    return this.reads.run(() => this.answer(this.pending.take(ticket), signal), signal);
  }

  /** Command and answer on one stream. */
  exchange(messages: Messages, signal: AbortSignal): AsyncGenerator<arrowFlight.FlightData> {
    return this.reads.run(() => this.received(messages, signal), signal);
  }

  private async *received(messages: Messages, signal: AbortSignal): AsyncGenerator<arrowFlight.FlightData> {
    yield* this.answer(await this.receive(messages), signal);
  }

  private receive(messages: Messages): Promise<Upload> {
    return withDeadline(readUpload(messages, this.settings), this.settings.commandTimeoutMs, 'the upload');
  }

  private async *answer(upload: Upload, signal: AbortSignal): AsyncGenerator<arrowFlight.FlightData> {
    const startedAtMs = this.clock.nowMs();
    const command = parseCommand(upload.command);
    let rows = 0;
    let isDone = false;
    try {
      const { schema, batches } = this.answerOf(command, upload, signal);
      yield* schemaMessages(schema);
      for await (const batch of batches) {
        rows += batch.numRows;
        yield* batchMessages(batch);
      }
      isDone = true;
    } finally {
      if (isDone) this.events.historyAnswered(command.api, rows, (this.clock.nowMs() - startedAtMs) / 1_000);
      else this.events.historyFailed(command.api);
    }
  }

  private answerOf(command: Command, upload: Upload, signal: AbortSignal): Answer {
    switch (command.api) {
      case 'get_historical_features':
        return this.historicalAnswerOf(command, upload, signal);
      case 'pull_latest_from_table_or_query':
      case 'pull_all_from_table_or_query':
        return pullAnswer(this.sources.history, command, this.settings.maxRows, signal);
      case 'get_table_column_names_and_types_from_data_source':
        return sourceColumnsAnswer(command.data_source_proto);
      case 'offline_write_batch':
      case 'validate_data_source':
        throw flightMistake(`${command.api} has no answer: put it`, 'api');
      default:
        return unreachable(command);
    }
  }

  private historicalAnswerOf(command: HistoricalCommand, { table }: Upload, signal: AbortSignal): Answer {
    const parts = { ...this.sources, ...this.settings };
    const isRange = isWithoutRows(table) && (command.start_date ?? command.end_date ?? undefined) !== undefined;
    return isRange ? rangeAnswer(parts, command, signal) : historicalAnswer(parts, command, table, signal);
  }

  private async write(views: readonly string[], { table }: Upload): Promise<void> {
    const { cardNumbersInPushes } = this.settings;
    const rows = await writePushedRows(this.sources.archive, views, table, { clock: this.clock, cardNumbersInPushes });
    this.events.rowsArchived(views[0] ?? '', rows);
  }
}
