import { randomUUID } from 'node:crypto';
import { type Prediction, predictionsTopic } from '@fraudflow/contracts';
import { asError, type Clock } from '@fraudflow/core';
import type { StreamedFeatures } from '@fraudflow/features';
import type { EventRecord } from '@fraudflow/messaging';
import { currentTraceparent, withoutTrace } from '@fraudflow/observability';
import type { DecisionPolicy } from '../scoring/decision-policy.js';
import type { PredictResult, PredictListener } from '../scoring/predict.service.js';
import type { ScorerProducer } from '../streams.js';
import { predictRecord, tensorRecord, type TensorResult } from './prediction-record.js';

export interface PredictionLogEvents {
  /** The buffer is full: these records are missing from `predictions`. */
  predictionsDropped(count: number): void;
  /** Kafka did not accept these records. */
  predictionsFailed(count: number, reason: Error): void;
}

export interface PredictionLogOptions {
  readonly producer: ScorerProducer;
  readonly events: PredictionLogEvents;
  readonly clock: Clock;
  readonly policy: DecisionPolicy;
  /** Largest number of records that wait for Kafka. */
  readonly maxPending: number;
  readonly streamed: StreamedFeatures;
}

/** Creates the records of one call: `record(row)` for the rows from 0 to `count` - 1. */
interface PendingCall {
  readonly count: number;
  record(row: number): EventRecord<Prediction>;
}

/**
 * Batching delay. No caller waits for a record, and one Kafka request per prediction would cost more than the
 * prediction.
 */
const GATHER_MS = 50;
/** Largest number of records created per turn of the event loop: a TensorFlow request may hold 10,000 rows. */
const RECORDS_PER_TURN = 200;

/**
 * Sends every prediction to the topic `predictions` without delaying the caller. If more than `maxPending` records
 * wait, the further ones are dropped and counted. Each record has a unique id and the trace of its own call.
 */
export class PredictionLog implements PredictListener {
  private pending = 0;
  private queue: PendingCall[] = [];
  private timer: NodeJS.Timeout | undefined;
  /** Batches are sent sequentially. */
  private sending: Promise<void> = Promise.resolve();

  constructor(private readonly options: PredictionLogOptions) {}

  predicted(result: PredictResult): void {
    const { clock, streamed } = this.options;
    const scoredAtMs = clock.nowMs();
    this.add(1, () => predictRecord(result, { streamed, scoredAtMs }));
  }

  /** Records each row of a TensorFlow request. The rows must not be changed, because they are encoded later. */
  tensorPredicted(result: TensorResult): void {
    const { policy, streamed } = this.options;
    const requestId = randomUUID();
    this.add(result.probabilities.length, (row) => tensorRecord(result, row, { policy, streamed, requestId }));
  }

  /** Sends all pending records. Never rejects: records that Kafka does not accept are counted. */
  flush(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    const batch = this.queue;
    this.queue = [];
    this.sending = this.sending.then(() => this.sendAll(batch));
    return this.sending;
  }

  private async sendAll(batch: readonly PendingCall[]): Promise<void> {
    let records: EventRecord<Prediction>[] = [];
    for (const { count, record } of batch) {
      for (let row = 0; row < count; row++) {
        records.push(record(row));
        if (records.length < RECORDS_PER_TURN) continue;
        await this.send(records);
        records = [];
      }
    }
    if (records.length > 0) await this.send(records);
  }

  private add(count: number, make: (row: number) => EventRecord<Prediction>): void {
    const { events, maxPending } = this.options;
    const taken = Math.min(count, maxPending - this.pending);
    if (taken < count) events.predictionsDropped(count - taken);
    if (taken === 0) return;
    this.pending += taken;
    const traceparent = currentTraceparent();
    const traced = traceparent === undefined ? {} : { traceparent };
    this.queue.push({ count: taken, record: (row) => ({ ...make(row), ...traced }) });
    // The batch also holds records of other calls, so it must not run in the trace of the call that starts the timer.
    this.timer ??= withoutTrace(() => setTimeout(() => void this.flush(), GATHER_MS));
  }

  private async send(records: readonly EventRecord<Prediction>[]): Promise<void> {
    const { producer, events } = this.options;
    try {
      await producer.send(predictionsTopic, records);
    } catch (thrown) {
      events.predictionsFailed(records.length, asError(thrown));
    }
    this.pending -= records.length;
  }
}
