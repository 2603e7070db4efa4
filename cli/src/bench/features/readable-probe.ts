import { featuresV1, type ValidatedTransaction } from '@fraudflow/contracts';
import { delay, isRetryable } from '@fraudflow/core';
import { FRAUD_DETECTION_FEATURES } from '@fraudflow/features';
import { callUnary, createGrpcClient } from '@fraudflow/rpc';

const DEADLINE_MS = 2_000;
const LOOK_EVERY_MS = 3;
/** The oldest are asked about first; so a system that is far behind is not slowed down by the question. */
const ASK_AT_ONCE = 8;

interface Waiting {
  readonly id: string;
  readonly row: featuresV1.EntityRow;
  readonly occurredAtMs: number;
}

/** Asks for the features of sampled transactions again and again until both their entities hold them. */
export class ReadableProbe {
  /** When each transaction's features could be read, ms since the epoch: at the end of the call that saw them. */
  readonly readableAtMs = new Map<string, number>();
  private readonly client: featuresV1.FeatureStoreServiceClient;
  private readonly ended = new AbortController();
  private waiting: readonly Waiting[] = [];
  private running: Promise<void> | undefined;

  constructor(address: string) {
    this.client = createGrpcClient(featuresV1.FeatureStoreServiceClient, address);
  }

  watch({ transaction_id, customer_id, terminal_id, occurred_at }: ValidatedTransaction): void {
    const row = featuresV1.EntityRow.fromPartial({ customerId: customer_id, terminalId: terminal_id });
    this.waiting = [...this.waiting, { id: transaction_id, row, occurredAtMs: Date.parse(occurred_at) }];
  }

  start(): void {
    this.running ??= this.run();
    // A failure comes out of stop(); until then it must not end the process.
    this.running.catch(() => undefined);
  }

  /** Waits for what is still watched, then ends. @returns how many could not be read by then. @throws what a call failed with. */
  async stop(patienceMs = 0): Promise<number> {
    const until = performance.now() + patienceMs;
    while (this.waiting.length > 0 && performance.now() < until && !this.ended.signal.aborted)
      await delay(LOOK_EVERY_MS);
    this.ended.abort();
    try {
      await this.running;
      return this.waiting.length;
    } finally {
      this.client.close();
    }
  }

  private async run(): Promise<void> {
    while (!this.ended.signal.aborted) {
      if (this.waiting.length > 0) await this.tryToLook();
      await delay(LOOK_EVERY_MS, this.ended.signal);
    }
  }

  /** A call that came to nothing on a busy machine is made again; the time it took counts. */
  private async tryToLook(): Promise<void> {
    try {
      await this.look(this.waiting.slice(0, ASK_AT_ONCE));
    } catch (thrown) {
      if (isRetryable(thrown)) return;
      this.ended.abort();
      throw thrown;
    }
  }

  private async look(asked: readonly Waiting[]): Promise<void> {
    const request = featuresV1.GetOnlineFeaturesRequest.fromPartial({
      featureService: FRAUD_DETECTION_FEATURES.name,
      rows: asked.map(({ row }) => row),
    });
    const call = this.client.getOnlineFeatures.bind(this.client);
    const { rows } = await callUnary('getOnlineFeatures', call, request, DEADLINE_MS);
    const nowMs = performance.timeOrigin + performance.now();
    const seen = new Set<string>();
    for (const [index, { id, occurredAtMs }] of asked.entries()) {
      const newest = rows[index];
      if (newest === undefined) continue;
      if (Math.min(newest.customerEventTimeMs, newest.terminalEventTimeMs) < occurredAtMs) continue;
      this.readableAtMs.set(id, nowMs);
      seen.add(id);
    }
    this.waiting = this.waiting.filter(({ id }) => !seen.has(id));
  }
}
