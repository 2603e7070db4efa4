import { randomUUID } from 'node:crypto';
import { type Prediction, predictionsTopic } from '@fraudflow/contracts';
import { asError, type Clock } from '@fraudflow/core';
import type { StreamedFeatures } from '@fraudflow/features';
import type { EventProducer, EventRecord } from '@fraudflow/messaging';
import { currentTraceparent, withoutTrace } from '@fraudflow/observability';
import type { DecisionPolicy } from '../scoring/decision-policy.js';
import type { Answer, AnswerListener } from './predict.service.js';
import { answerRecord, tensorRecord, type TensorAnswer } from './prediction-record.js';

export interface PredictionLogEvents {
  /** The buffer is full, and so answers are missing from `predictions`. */
  predictionsDropped(count: number): void;
  /** Kafka did not take answers. */
  predictionsFailed(count: number, reason: Error): void;
}

export interface PredictionLogOptions {
  readonly producer: Pick<EventProducer, 'send'>;
  readonly events: PredictionLogEvents;
  readonly clock: Clock;
  readonly policy: DecisionPolicy;
  /** Answers that may wait for Kafka. */
  readonly maxPending: number;
  readonly streamed: StreamedFeatures;
}

/** Makes the records of one call: of the rows from `from` (inclusive) to `until`. */
interface Waiting {
  readonly count: number;
  record(row: number): EventRecord<Prediction>;
}

/** Answers are gathered for so long: nobody waits for the record, and a request to Kafka per answer costs more than the answer. */
const GATHER_MS = 50;
/** Records made in one turn of the event loop: a TensorFlow request may hold 10,000 rows. */
const RECORDS_PER_TURN = 200;

/**
 * Sends every answer to `predictions` without ever holding up a caller: beyond `maxPending` answers are dropped and counted.
 * Each record has an id of its own and the trace of its own call.
 */
export class PredictionLog implements AnswerListener {
  private pending = 0;
  private waiting: Waiting[] = [];
  private timer: NodeJS.Timeout | undefined;
  /** Batches are sent one after the other. */
  private sending: Promise<void> = Promise.resolve();

  constructor(private readonly options: PredictionLogOptions) {}

  answered(answer: Answer): void {
    const { clock, streamed } = this.options;
    const scoredAtMs = clock.nowMs();
    this.add(1, () => answerRecord(answer, { streamed, scoredAtMs }));
  }

  /** Records each row of a TensorFlow request. The rows are kept until they are sent, and must not be changed. */
  tensorAnswered(answer: TensorAnswer): void {
    const { policy, streamed } = this.options;
    const requestId = randomUUID();
    this.add(answer.probabilities.length, (row) => tensorRecord(answer, row, { policy, streamed, requestId }));
  }

  /** Sends what waits. Never rejects: what Kafka does not take is counted. */
  flush(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    const batch = this.waiting;
    this.waiting = [];
    this.sending = this.sending.then(() => this.sendAll(batch));
    return this.sending;
  }

  private async sendAll(batch: readonly Waiting[]): Promise<void> {
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
    this.waiting.push({ count: taken, record: (row) => ({ ...make(row), ...traced }) });
    // The batch holds answers of other calls, too: it must not run in the trace of the call that starts the timer.
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
