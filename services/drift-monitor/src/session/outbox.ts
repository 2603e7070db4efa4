import {
  type DriftVerdictEvent,
  driftVerdictsTopic,
  type RetrainingRequested,
  retrainingRequestedTopic,
} from '@fraudflow/contracts';
import { type BusAdmin, readTopic } from '@fraudflow/messaging';
import type { DriftMonitorEvents } from '../events.js';
import type { MonitorOutput } from '../deciding/monitor-output.js';
import type { DriftMonitorProducer } from '../streams.js';
import { RecentVerdicts } from './recent-verdicts.js';

/**
 * Sends outputs in order, each id once. After a crash the same outputs are computed again under the same ids; outputs
 * that the topics already contain are not sent again.
 */
export class Outbox {
  readonly verdicts = new RecentVerdicts();
  readonly #sentIds = new Set<string>();
  readonly #queue: MonitorOutput[] = [];
  #flushing: Promise<void> = Promise.resolve();

  constructor(
    private readonly producer: DriftMonitorProducer,
    private readonly events: DriftMonitorEvents,
  ) {}

  /** True if all added outputs are acknowledged. */
  get isEmpty(): boolean {
    return this.#queue.length === 0;
  }

  /** Loads the ids that the topics contain. Both topics are small: one verdict per window, and few requests. */
  async loadSentIds(admin: BusAdmin): Promise<void> {
    for await (const { value } of readTopic(admin, driftVerdictsTopic.name, { until: 'end' })) {
      const verdict = parsed(driftVerdictsTopic.schema.safeParse(jsonOf(value)));
      if (verdict === undefined) continue;
      this.#sentIds.add(verdict.verdict_id);
      this.verdicts.add(verdict);
    }
    for await (const { value } of readTopic(admin, retrainingRequestedTopic.name, { until: 'end' })) {
      const request = parsed(retrainingRequestedTopic.schema.safeParse(jsonOf(value)));
      if (request !== undefined) this.#sentIds.add(request.request_id);
    }
  }

  add(outputs: readonly MonitorOutput[]): void {
    this.#queue.push(...outputs);
  }

  /**
   * Resolves when all outputs added so far are on all in-sync replicas. Concurrent flushes run one after another.
   * @throws AppError `unavailable` if the broker does not accept an output; it stays in the queue.
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
        const isRepeat = this.#sentIds.has(output.id);
        if (!isRepeat) await this.#sendVerdict(output.event);
        this.#sentIds.add(output.id);
        return this.events.windowJudged(output, isRepeat);
      }
      case 'retraining': {
        const isRepeat = this.#sentIds.has(output.id);
        if (!isRepeat) await this.#sendRequest(output.event);
        this.#sentIds.add(output.id);
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
    // Records of other writers contain no id of this service.
    return undefined;
  }
}

function parsed<T>(result: { success: true; data: T } | { success: false }): T | undefined {
  return result.success ? result.data : undefined;
}
