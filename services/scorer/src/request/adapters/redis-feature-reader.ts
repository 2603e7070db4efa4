import { AppError, asError, partitionOf, unavailable } from '@fraudflow/core';
import {
  CustomerState,
  entityStateKey,
  stageMetaKey,
  FEATURE_COUNT,
  idHash,
  TerminalState,
  transactionFeatures,
} from '@fraudflow/features';
import { FeatureReader, type FeatureReading } from '../feature-reader.port.js';
import type { TransactionInHand } from '../transaction-in-hand.js';

/** What is needed of ioredis. The connection should pipeline by itself: all reads of one turn then are one round trip. */
export interface BinaryRedis {
  mgetBuffer(...keys: string[]): Promise<(Buffer | null)[]>;
  hget(key: string, field: string): Promise<string | null>;
}

interface StoredStates {
  readonly customer: Buffer | null | undefined;
  readonly terminal: Buffer | null | undefined;
  readonly isStale: boolean;
}

/**
 * Reads both entity states in one round trip and evaluates them in this process: the very functions the stream uses.
 * A partition whose stage has committed no offset has no states either, so its entities' windows are flagged.
 */
export class RedisFeatureReader extends FeatureReader {
  /** @param partitions partition count of the keyed topics: states are placed by it. */
  constructor(
    private readonly redis: BinaryRedis,
    private readonly partitions: number,
  ) {
    super();
  }

  override async read(transaction: TransactionInHand): Promise<FeatureReading> {
    const { occurredAtMs, amountMinor } = transaction;
    const { customer, terminal, isStale } = await this.fetch(transaction);
    const inHand = { idHash: idHash(transaction.transactionId), occurredAtMs, amountMinor };
    const vector = transactionFeatures(occurredAtMs, amountMinor, new Float64Array(FEATURE_COUNT));
    const customerState = customer ? CustomerState.decode(customer) : CustomerState.empty();
    const terminalState = terminal ? TerminalState.decode(terminal) : TerminalState.empty();
    customerState.peek(occurredAtMs, inHand, vector);
    terminalState.peek(occurredAtMs, inHand, vector);
    return { vector, isStale };
  }

  private async fetch({ customerId, terminalId }: TransactionInHand): Promise<StoredStates> {
    const ofCustomer = partitionOf(customerId, this.partitions);
    const ofTerminal = partitionOf(terminalId, this.partitions);
    try {
      const [[customer, terminal], customerNext, terminalNext] = await Promise.all([
        this.redis.mgetBuffer(
          entityStateKey('customer', ofCustomer, customerId),
          entityStateKey('terminal', ofTerminal, terminalId),
        ),
        this.redis.hget(stageMetaKey('customer', ofCustomer), NEXT_OFFSET),
        this.redis.hget(stageMetaKey('terminal', ofTerminal), NEXT_OFFSET),
      ]);
      return { customer, terminal, isStale: customerNext === null || terminalNext === null };
    } catch (thrown) {
      if (thrown instanceof AppError) throw thrown;
      const message = `feature state cannot be read: ${asError(thrown).message}`;
      throw unavailable(message, { code: 'STATE_UNREACHABLE', cause: thrown });
    }
  }
}

const NEXT_OFFSET = 'next';
