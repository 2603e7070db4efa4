import { featuresByTerminalTopic, transactionsValidatedTopic } from '@fraudflow/contracts';
import { CustomerEngine, STATE_REACH_MS, stateLayout, writeTransactionFeatures } from '@fraudflow/features';
import {
  type DecodedRecord,
  encodedOutput,
  type StageContext,
  type StageDefinition,
  type StageEffects,
  type StageOutput,
  type StageProcessor,
} from '@fraudflow/messaging';
import { JsonBytes } from '../records/json-bytes.js';
import { decodeValidated } from '../records/stage-inputs.js';
import type { StreamTransaction } from '../records/stream-transaction.js';
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
): StageDefinition<StreamTransaction> {
  return {
    name: CUSTOMER_STAGE,
    groupId: CUSTOMER_GROUP,
    layout: stateLayout(),
    stateReachMs: STATE_REACH_MS,
    input: transactionsValidatedTopic,
    open: () => new CustomerProcessor(streamed, cachedEntities, counts),
    subscription: { decode: decodeValidated, eventTimeMs: ({ value }) => value.occurredAtMs },
  };
}

class CustomerProcessor implements StageProcessor<StreamTransaction> {
  private readonly engine: CustomerEngine;
  private readonly vector: Float64Array;
  /** The outputs' bytes, free again with the next batch: `process` is called when the last one's are durable. */
  private readonly json = new JsonBytes();

  constructor(
    private readonly streamed: StreamVector,
    private readonly cachedEntities: number,
    private readonly counts: StageCounts,
  ) {
    this.engine = new CustomerEngine(streamed.plan);
    this.vector = streamed.create();
  }

  async process(records: readonly DecodedRecord<StreamTransaction>[], context: StageContext): Promise<StageEffects> {
    const { engine, counts, json, vector } = this;
    json.reset();
    engine.trim(this.cachedEntities);
    await loadEntities(this.missing(records), engine, context);
    const outputs: StageOutput[] = [];
    const isReplay = context.mayDefer;
    const tally = new OutcomeTally();
    for (const record of records) {
      const transaction = record.value;
      const outcome = this.apply(transaction);
      tally.add(outcome);
      if (outcome === 'duplicate' || isReplay) continue;
      const value = this.streamed.handover(transaction, vector, engine.attributes, json);
      outputs.push(encodedOutput(featuresByTerminalTopic, { key: transaction.terminalId, json: value }, record));
    }
    tally.report(CUSTOMER_STAGE, counts);
    if (isReplay && engine.size <= this.cachedEntities) return { outputs, isDeferred: true };
    return { outputs, writes: engine.takeChanges() };
  }

  /** Leaves the transaction's and the customer's features in `vector`: as of its time, also if it is too late to be kept. */
  private apply(transaction: StreamTransaction): string {
    const { engine, vector } = this;
    writeTransactionFeatures(this.streamed.plan.transaction, transaction, vector);
    return engine.apply(engine.findOrOpen(transaction.customerId), transaction, vector);
  }

  private missing(records: readonly DecodedRecord<StreamTransaction>[]): ReadonlySet<string> {
    const missing = new Set<string>();
    for (const { value } of records) if (this.engine.find(value.customerId) < 0) missing.add(value.customerId);
    return missing;
  }
}
