import {
  type ByTerminalEvent,
  featuresByTerminalTopic,
  transactionsValidatedTopic,
  type ValidatedTransaction,
} from '@fraudflow/contracts';
import { CustomerEngine, idHash, writeTransactionFeatures } from '@fraudflow/features';
import {
  type DecodedRecord,
  output,
  type StageContext,
  type StageDefinition,
  type StageEffects,
  type StageOutput,
  type StageProcessor,
} from '@fraudflow/messaging';
import { parseInstant } from './canonical-instant.js';
import { loadEntities } from './load-entities.js';
import { OutcomeTally, type StageCounts } from './stage-counts.js';
import type { StreamVector } from './stream-vector.js';

export const CUSTOMER_STAGE = 'customer';
export const CUSTOMER_GROUP = 'feature-store.customer';

/**
 * Adds a transaction's own and its customer's features and sends it on by terminal. A transaction seen before changes nothing.
 * @param streamed what is computed of the vector
 * @param cachedEntities most customers kept in memory per partition between batches
 */
export function customerStage(
  streamed: StreamVector,
  cachedEntities: number,
  counts: StageCounts,
): StageDefinition<ValidatedTransaction> {
  return {
    name: CUSTOMER_STAGE,
    groupId: CUSTOMER_GROUP,
    input: transactionsValidatedTopic,
    open: () => new CustomerProcessor(streamed, cachedEntities, counts),
    subscription: { trusted: true, eventTimeMs: ({ value }) => parseInstant(value.occurred_at) },
  };
}

class CustomerProcessor implements StageProcessor<ValidatedTransaction> {
  private readonly engine: CustomerEngine;
  private readonly vector: Float64Array;
  private readonly event = { idHash: idHash(''), occurredAtMs: 0, amountMinor: 0 };

  constructor(
    private readonly streamed: StreamVector,
    private readonly cachedEntities: number,
    private readonly counts: StageCounts,
  ) {
    this.engine = new CustomerEngine(streamed.plan);
    this.vector = streamed.create();
  }

  async process(records: readonly DecodedRecord<ValidatedTransaction>[], context: StageContext): Promise<StageEffects> {
    const { engine, counts } = this;
    engine.trim(this.cachedEntities);
    await loadEntities(this.missing(records), engine, context);
    const outputs: StageOutput[] = [];
    const tally = new OutcomeTally();
    for (const record of records) {
      const outcome = this.apply(record.value);
      tally.add(outcome);
      if (outcome === 'duplicate') continue;
      const event: ByTerminalEvent = {
        kind: 'transaction',
        transaction: record.value,
        vector: [],
        attributes: engine.attributes,
      };
      const transaction = record.raw.value?.toString('utf8') ?? '';
      const json = this.streamed.handoverJson(transaction, this.vector, engine.attributes);
      outputs.push(output(featuresByTerminalTopic, event, record, { json }));
    }
    tally.report(CUSTOMER_STAGE, counts);
    return { outputs, writes: engine.takeChanges() };
  }

  /** Leaves the transaction's and the customer's features in `vector`: as of its time, also if it is too late to be kept. */
  private apply(transaction: ValidatedTransaction): string {
    const { engine, event, vector } = this;
    event.idHash = idHash(transaction.transaction_id);
    event.occurredAtMs = parseInstant(transaction.occurred_at);
    event.amountMinor = transaction.amount_minor;
    writeTransactionFeatures(this.streamed.plan.transaction, event, vector);
    return engine.apply(engine.findOrOpen(transaction.customer_id), event, vector);
  }

  private missing(records: readonly DecodedRecord<ValidatedTransaction>[]): ReadonlySet<string> {
    const missing = new Set<string>();
    for (const { value } of records) if (this.engine.find(value.customer_id) < 0) missing.add(value.customer_id);
    return missing;
  }
}
