import { AppError, asError, partitionOf, unavailable } from '@fraudflow/core';
import {
  entityStateKey,
  idHash,
  isCompleteMark,
  type PackedRing,
  PackedVectorReader,
  segmentKeys,
  stageCompleteKey,
  type StateEntity,
  type StreamedFeatures,
  COMPUTED_FEATURES,
} from '@fraudflow/features';
import { type KeyReads, REDIS_UNAVAILABLE, type StoredValues } from '@fraudflow/redis';
import { VectorSlab } from '@fraudflow/runtime-tuning';
import { FeatureReader, type FeatureReading } from '../feature-reader.port.js';
import type { RequestTransaction } from '../request-transaction.js';

interface StoredStates {
  readonly customer: PackedRing | 'absent';
  readonly terminal: PackedRing | 'absent';
  readonly isStale: boolean;
}

const MAX_ATTEMPTS = 5;
const VECTORS_PER_BLOCK = 128;

/**
 * Reads the states of both entities in one round trip and evaluates them in this process with the same functions as the
 * stream. While the states of a partition are incomplete, because lost states are being rebuilt, the reading is stale.
 */
export class RedisFeatureReader extends FeatureReader {
  private readonly reader: PackedVectorReader;
  private readonly values: Float64Array;
  /** The result cache keeps vectors for minutes, and a buffer for each would cost the garbage collector more. */
  private readonly vectors = new VectorSlab(VECTORS_PER_BLOCK * COMPUTED_FEATURES.length, Number.NaN);

  /**
   * @param reads must return values that remain valid after the read; BatchedReads batches the reads of one event-loop
   * turn
   * @param partitions partition count of the keyed topics, which determines the state keys
   * @param streamed features to read; the other slots of the vector are NaN
   */
  constructor(
    private readonly reads: KeyReads,
    private readonly partitions: number,
    private readonly streamed: StreamedFeatures,
  ) {
    super();
    this.reader = new PackedVectorReader(streamed.plan());
    this.values = new Float64Array(streamed.names.length);
  }

  override async read(transaction: RequestTransaction): Promise<FeatureReading> {
    const { occurredAtMs, converted } = transaction;
    const amountMinor = converted?.amountMinor ?? transaction.amountMinor;
    const { isStale, ...states } = await this.fetch(transaction);
    const requested = { idHash: idHash(transaction.transactionId), occurredAtMs, amountMinor };
    const { values } = this;
    const { slots } = this.streamed;
    this.reader.read(states, occurredAtMs, requested, values);
    const vector = this.vectors.take(COMPUTED_FEATURES.length);
    for (let i = 0; i < slots.length; i++) vector[slots[i] as number] = values[i] as number;
    return { vector, isStale };
  }

  private async fetch({ customerId, terminalId }: RequestTransaction): Promise<StoredStates> {
    const ofCustomer = partitionOf(customerId, this.partitions);
    const ofTerminal = partitionOf(terminalId, this.partitions);
    try {
      const [customer, terminal, isCustomerComplete, isTerminalComplete] = await this.valuesOf([
        entityStateKey('customer', ofCustomer, customerId),
        entityStateKey('terminal', ofTerminal, terminalId),
        stageCompleteKey('customer', ofCustomer),
        stageCompleteKey('terminal', ofTerminal),
      ]);
      return {
        customer: await this.whole('customer', customerId, customer),
        terminal: await this.whole('terminal', terminalId, terminal),
        isStale: !isCompleteMark(isCustomerComplete) || !isCompleteMark(isTerminalComplete),
      };
    } catch (thrown) {
      if (thrown instanceof AppError && thrown.code !== REDIS_UNAVAILABLE) throw thrown;
      const message = `feature state cannot be read: ${asError(thrown).message}`;
      throw unavailable(message, { code: 'STATE_UNREACHABLE', cause: thrown });
    }
  }

  private valuesOf(keys: readonly string[]): Promise<StoredValues> {
    return this.reads.read(keys, (values) => values);
  }

  /**
   * Reads a state together with its segments: the state of an entity with very many events consists of several values.
   * The stage may close or drop a segment between the reads. Then the head has changed as well and is read again.
   */
  private async whole(
    entity: StateEntity,
    id: string,
    head: Buffer | null | undefined,
  ): Promise<PackedRing | 'absent'> {
    if (!head) return 'absent';
    let known = head;
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const keys = segmentKeys(entity, id, known);
      if (keys.length === 0) return { head: known, segments: [] };
      const keyOf = (key: string): string => entityStateKey(entity, partitionOf(id, this.partitions), key);
      const [after, ...segments] = await this.valuesOf([keyOf(id), ...keys.map(keyOf)]);
      if (!after) return 'absent';
      if (after.equals(known)) return { head: known, segments: segments.filter((segment) => segment !== null) };
      known = after;
    }
    throw unavailable(`${entity} ${id} changed during every read attempt; send the request again`, {
      code: 'STATE_UNREACHABLE',
    });
  }
}
