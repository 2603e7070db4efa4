import type { arrowFlight } from '@fraudflow/contracts';
import { type Clock, unreachable } from '@fraudflow/core';
import type { HistoricalFeatures } from '../../../offline/point-in-time/historical-features.port.js';
import { BoundedReads } from '../../../offline/history/bounded-reads.js';
import { Slots } from '../../../offline/history/slots.js';
import type { PushedRowArchive } from '../../../pushed/pushed-row-archive.port.js';
import type { ArrowResponse } from './answers/arrow-response.js';
import { type Command, type HistoricalCommand, parseCommand } from './wire/commands.js';
import type { FlightOptions } from './flight-config.js';
import { flightError, flightMistake } from './wire/flight-errors.js';
import { historicalResponse, isWithoutRows } from './answers/historical-response.js';
import { batchMessages, schemaMessages } from './wire/ipc-framing.js';
import { PendingCommands } from './wire/pending-commands.js';
import { pullResponse, viewOfSource } from './answers/pull-response.js';
import { writePushedRows } from './answers/pushed-write.js';
import { rangeResponse } from './answers/range-response.js';
import { sourceColumnsResponse, sourceName } from './answers/source-columns.js';
import type { StoredTransactions } from './answers/stored-rows.js';
import { readUpload, type Upload } from './wire/upload.js';
import type { ViewHistory } from './columns/view-history.port.js';
import { withDeadline } from './wire/with-deadline.js';

type Messages = AsyncIterable<arrowFlight.FlightData>;

/** Ports from which the offline store reads and to which it writes. */
export interface FlightSources {
  readonly historical: HistoricalFeatures;
  readonly history: ViewHistory;
  readonly transactions: StoredTransactions;
  readonly archive: PushedRowArchive;
}

/** Events of the offline store's calls, for metrics. */
export interface FlightEvents {
  historyAnswered(api: string, rows: number, seconds: number): void;
  historyFailed(api: string): void;
  rowsArchived(view: string, rows: number): void;
}

/**
 * Feast's remote offline store. From Feast 0.67 on, one exchange carries a command and its response; older SDKs put the
 * command, read its ticket and get the response. Memory is bounded by limits on concurrent responses, upload bytes and
 * rows.
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
      flightError('unavailable', 'FeastError', 'too many concurrent historical requests: retry later'),
    );
    this.reads = new BoundedReads(this.slots, settings.readerTimeoutMs);
  }

  /** Receives a command. Writes are done immediately; a read command is kept until `get`. */
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

  /** Streams the response of a command that was put. */
  get(ticket: string, signal: AbortSignal): AsyncGenerator<arrowFlight.FlightData> {
    return this.reads.run(() => this.respond(this.pending.take(ticket), signal), signal);
  }

  /** Receives a command and streams its response on the same call. */
  exchange(messages: Messages, signal: AbortSignal): AsyncGenerator<arrowFlight.FlightData> {
    return this.reads.run(() => this.received(messages, signal), signal);
  }

  private async *received(messages: Messages, signal: AbortSignal): AsyncGenerator<arrowFlight.FlightData> {
    yield* this.respond(await this.receive(messages), signal);
  }

  private receive(messages: Messages): Promise<Upload> {
    return withDeadline(readUpload(messages, this.settings), this.settings.commandTimeoutMs, 'the upload');
  }

  private async *respond(upload: Upload, signal: AbortSignal): AsyncGenerator<arrowFlight.FlightData> {
    const startedAtMs = this.clock.nowMs();
    const command = parseCommand(upload.command);
    let rows = 0;
    let isDone = false;
    try {
      const { schema, batches } = this.responseOf(command, upload, signal);
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

  private responseOf(command: Command, upload: Upload, signal: AbortSignal): ArrowResponse {
    switch (command.api) {
      case 'get_historical_features':
        return this.historicalResponseOf(command, upload, signal);
      case 'pull_latest_from_table_or_query':
      case 'pull_all_from_table_or_query':
        return pullResponse(this.sources.history, command, this.settings.maxRows, signal);
      case 'get_table_column_names_and_types_from_data_source':
        return sourceColumnsResponse(command.data_source_proto);
      case 'offline_write_batch':
      case 'validate_data_source':
        throw flightMistake(`${command.api} has no response: send it with DoPut`, 'api');
      default:
        return unreachable(command);
    }
  }

  private historicalResponseOf(command: HistoricalCommand, { table }: Upload, signal: AbortSignal): ArrowResponse {
    const parts = { ...this.sources, ...this.settings };
    const isRange = isWithoutRows(table) && (command.start_date ?? command.end_date ?? undefined) !== undefined;
    return isRange ? rangeResponse(parts, command, signal) : historicalResponse(parts, command, table, signal);
  }

  private async write(views: readonly string[], { table }: Upload): Promise<void> {
    const { cardNumbersInPushes } = this.settings;
    const rows = await writePushedRows(this.sources.archive, views, table, { clock: this.clock, cardNumbersInPushes });
    this.events.rowsArchived(views[0] ?? '', rows);
  }
}
