import { featuresV1 } from '@fraudflow/contracts';
import { callUnary, createGrpcClient, outgoingMetadata, readStream } from '@fraudflow/rpc';
import { explainSilence } from '../program/feature-store.js';

/** Counting reads an index of the whole history. */
const DEADLINE_MS = 300_000;

/** Event-time range [fromMs, toMs), ms. */
export interface HistoryRange {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Reads the history of a feature store's offline store. */
export class HistoryReader {
  private readonly client: featuresV1.FeatureStoreServiceClient;

  /** @param address `host:port` */
  constructor(private readonly address: string) {
    this.client = createGrpcClient(featuresV1.FeatureStoreServiceClient, address);
  }

  /** Time range and number of rows. @throws AppError unavailable */
  async describe(): Promise<featuresV1.DescribeHistoryResponse> {
    const method = this.client.describeHistory.bind(this.client);
    try {
      return await callUnary('DescribeHistory', method, { withCount: true }, DEADLINE_MS);
    } catch (thrown) {
      throw explainSilence(thrown, this.address);
    }
  }

  /** True if a transaction of the range is stored. Stops reading at the first. */
  async hasTransactions(range: HistoryRange, signal: AbortSignal): Promise<boolean> {
    for await (const events of this.events(range, signal)) {
      if (events.some(({ event }) => event?.$case === 'transaction')) return true;
    }
    return false;
  }

  /**
   * Transactions and labels in an order in which they can be sent again. Reading has backpressure: the feature store
   * waits for the consumer. Ends when the signal aborts.
   * @throws AppError unavailable if the feature store becomes unavailable
   */
  async *events(range: HistoryRange, signal: AbortSignal): AsyncGenerator<readonly featuresV1.HistoryEvent[]> {
    const call = this.client.readHistory(range, outgoingMetadata());
    // Cancelling ends the call with an error, also without a reader.
    call.on('error', () => undefined);
    const cancel = (): void => call.cancel();
    signal.addEventListener('abort', cancel, { once: true });
    try {
      for await (const { events } of readStream<featuresV1.ReadHistoryResponse>('ReadHistory', call)) {
        if (signal.aborted) return;
        yield events;
      }
    } catch (thrown) {
      if (!signal.aborted) throw explainSilence(thrown, this.address);
    } finally {
      signal.removeEventListener('abort', cancel);
      cancel();
    }
  }

  close(): void {
    this.client.close();
  }
}
