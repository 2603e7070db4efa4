import { featuresTopic, transactionsScoredTopic } from '@fraudflow/contracts';
import { asError } from '@fraudflow/core';
import { type ConsumerRuntime, createCoPartitionedStage, type StageDependencies } from '@fraudflow/messaging';
import type { HealthStatus } from '@fraudflow/observability';
import type { ModelSlot } from '../models/model-slot.js';
import { streams } from '../streams.js';
import { decodeFeatures } from './features-decoder.js';
import type { StreamScorer } from './stream-scorer.js';

/**
 * Life cycle of the stream path. It joins its consumer group only when a model is loaded; until then the records stay
 * in the log and none is lost.
 */
export class StreamStage {
  private readonly stopping = new AbortController();
  private readonly stage: ConsumerRuntime;
  private starting: Promise<void> | undefined;
  private failure: Error | undefined;
  private hasStarted = false;

  constructor(
    private readonly slot: ModelSlot,
    scorer: StreamScorer,
    private readonly events: { streamStartFailed(reason: Error): void },
    dependencies: StageDependencies,
  ) {
    this.stage = createCoPartitionedStage(
      {
        name: streams.readers.scoring.group,
        input: featuresTopic,
        output: transactionsScoredTopic,
        open: () => scorer,
        subscription: { decode: decodeFeatures },
      },
      undefined,
      dependencies,
    );
  }

  /** Returns immediately; the stage starts when a model is loaded. */
  start(): void {
    this.starting ??= this.startWhenLoaded().catch((thrown: unknown) => {
      this.failure = asError(thrown);
      this.events.streamStartFailed(this.failure);
    });
  }

  /** Drains the running batch and leaves the consumer group. */
  async stop(timeoutMs?: number): Promise<void> {
    this.stopping.abort();
    await this.starting;
    if (this.hasStarted) await this.stage.stop(timeoutMs);
  }

  health(): HealthStatus {
    if (this.failure) return { ok: false, detail: `the stream could not start: ${this.failure.message}` };
    if (!this.hasStarted) return { ok: false, detail: 'waits for a model; the records stay in the log' };
    const { length } = this.stage.assignment();
    if (length === 0)
      return {
        ok: false,
        detail: 'no partition is assigned: the group is rebalancing, or other scorers have all partitions',
      };
    return { ok: true, detail: `scores ${length} partitions` };
  }

  private async startWhenLoaded(): Promise<void> {
    await this.slot.whenLoaded(this.stopping.signal);
    if (this.stopping.signal.aborted) return;
    this.hasStarted = true;
    await this.stage.start();
  }
}
