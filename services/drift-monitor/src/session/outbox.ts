import {
  type DriftVerdictEvent,
  driftVerdictsTopic,
  type RetrainingRequested,
  retrainingRequestedTopic,
} from '@fraudflow/contracts';
import { type BusAdmin, type EventProducer, readTopic } from '@fraudflow/messaging';
import type { DriftMonitorEvents } from '../events.js';
import type { MonitorOutput } from '../deciding/monitor-output.js';
import { RecentVerdicts } from './recent-verdicts.js';

/**
 * Sends outputs in order, each id once. After a crash the same outputs come again under the same ids; what the topics
 * hold already is not sent a second time.
 */
export class Outbox {
  readonly verdicts = new RecentVerdicts();
  readonly #emitted = new Set<string>();
  readonly #queue: MonitorOutput[] = [];
  #flushing: Promise<void> = Promise.resolve();

  constructor(
    private readonly producer: EventProducer,
    private readonly events: DriftMonitorEvents,
  ) {}

  /** True if everything added was acknowledged. */
  get isEmpty(): boolean {
    return this.#queue.length === 0;
  }

  /** Learns which ids the topics hold. Both topics are small: a verdict per window, a request now and then. */
  async recall(admin: BusAdmin): Promise<void> {
    for await (const { value } of readTopic(admin, driftVerdictsTopic.name, { until: 'end' })) {
      const verdict = parsed(driftVerdictsTopic.schema.safeParse(jsonOf(value)));
      if (verdict === undefined) continue;
      this.#emitted.add(verdict.verdict_id);
      this.verdicts.add(verdict);
    }
    for await (const { value } of readTopic(admin, retrainingRequestedTopic.name, { until: 'end' })) {
      const request = parsed(retrainingRequestedTopic.schema.safeParse(jsonOf(value)));
      if (request !== undefined) this.#emitted.add(request.request_id);
    }
  }

  add(outputs: readonly MonitorOutput[]): void {
    this.#queue.push(...outputs);
  }

  /**
   * Resolves when what was added so far is on all in-sync replicas. Flushes of several callers run one after another.
   * @throws AppError `unavailable` if the log does not take it: it stays queued.
   */
  flush(): Promise<void> {
    const flushed = this.#flushing.then(() => this.#drain());
    this.#flushing = flushed.catch(() => undefined);
    return flushed;
  }

  async #drain(): Promise<void> {
    for (let output = this.#queue[0]; output !== undefined; output = this.#queue[0]) {
      await this.#deliver(output);
      this.#queue.shift();
    }
  }

  async #deliver(output: MonitorOutput): Promise<void> {
    switch (output.kind) {
      case 'performance':
        return this.events.performanceReported(output);
      case 'failure':
        return this.events.versionFailed(output);
      case 'verdict': {
        const isRepeat = this.#emitted.has(output.id);
        if (!isRepeat) await this.#sendVerdict(output.event);
        this.#emitted.add(output.id);
        return this.events.windowJudged(output, isRepeat);
      }
      case 'retraining': {
        const isRepeat = this.#emitted.has(output.id);
        if (!isRepeat) await this.#sendRequest(output.event);
        this.#emitted.add(output.id);
        return this.events.retrainingRequested(output.event, isRepeat);
      }
    }
  }

  async #sendVerdict(value: DriftVerdictEvent): Promise<void> {
    await this.producer.send(driftVerdictsTopic, [{ value, eventId: value.verdict_id, occurredAt: value.window_end }]);
    this.verdicts.add(value);
  }

  async #sendRequest(value: RetrainingRequested): Promise<void> {
    const record = { value, eventId: value.request_id, occurredAt: value.requested_at };
    await this.producer.send(retrainingRequestedTopic, [record]);
  }
}

function jsonOf(value: Buffer | null): unknown {
  try {
    return value === null ? undefined : JSON.parse(value.toString('utf8'));
  } catch {
    // Foreign bytes on our own topic: they carry no id of ours.
    return undefined;
  }
}

function parsed<T>(result: { success: true; data: T } | { success: false }): T | undefined {
  return result.success ? result.data : undefined;
}
