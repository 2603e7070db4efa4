import { modelsEventsTopic } from '@fraudflow/contracts';
import { asError, delay } from '@fraudflow/core';
import type { BusAdmin, RawRecord } from '@fraudflow/messaging';

export interface ModelChangeReaderOptions {
  readonly admin: Pick<BusAdmin, 'offsets' | 'read'>;
  readonly modelName: string;
  /** Called when the model may have changed; repeated calls are harmless. */
  readonly onChange: () => void;
  readonly events: { modelEventsUnreadable(reason: Error): void };
  readonly pollMs: number;
}

/**
 * Polls `models.events` without a consumer group. Every process reads all partitions, and a separate group per start
 * would remain in Kafka permanently. Reading begins at the end of the log. The first read always reports a change, so a
 * change between the start of the process and that read is not missed.
 */
export class ModelChangeReader {
  private readonly stopping = new AbortController();
  private readonly positions = new Map<number, number>();
  private loop: Promise<void> | undefined;

  constructor(private readonly options: ModelChangeReaderOptions) {}

  start(): void {
    this.loop ??= this.run();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.loop;
  }

  /** Reads the records appended since the last call. @returns true if one concerns the model, and on the first call. */
  async look(): Promise<boolean> {
    const { admin } = this.options;
    const ranges = await admin.offsets(modelsEventsTopic.name);
    let hasChanged = false;
    for (const [partition, { start, end }] of ranges.entries()) {
      const position = this.positions.get(partition);
      if (position === undefined) hasChanged = true;
      else if (await this.readUntil(partition, Math.max(position, start), end)) hasChanged = true;
      this.positions.set(partition, end);
    }
    return hasChanged;
  }

  private async readUntil(partition: number, from: number, end: number): Promise<boolean> {
    const target = { topic: modelsEventsTopic.name, partition };
    for (let offset = from; offset < end;) {
      const { records, nextOffset } = await this.options.admin.read(target, offset);
      if (records.some((record) => this.isAboutModel(record))) return true;
      if (nextOffset <= offset) return false;
      offset = nextOffset;
    }
    return false;
  }

  /** An unreadable record counts as a change: an unnecessary request to the registry is harmless. */
  private isAboutModel({ value }: RawRecord): boolean {
    if (value === null) return false;
    try {
      const event = JSON.parse(value.toString('utf8')) as { model_name?: unknown; kind?: unknown } | null;
      return event?.model_name === this.options.modelName && event.kind !== 'version_created';
    } catch {
      return true;
    }
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    let hasFailed = false;
    while (!signal.aborted) {
      try {
        if (await this.look()) this.options.onChange();
        hasFailed = false;
      } catch (thrown) {
        if (!hasFailed) this.options.events.modelEventsUnreadable(asError(thrown));
        hasFailed = true;
      }
      await delay(this.options.pollMs, signal);
    }
  }
}
