import { featuresByTerminalTopic, transactionsValidatedTopic } from '@fraudflow/contracts';
import {
  type ApplyOutcome,
  CustomerEngine,
  STATE_REACH_MS,
  stateLayout,
  writeTransactionFeatures,
} from '@fraudflow/features';
import {
  type DecodedRecord,
  encodedOutput,
  type StageContext,
  type StageDefinition,
  type StageEffects,
  type StageOutput,
  type StageProcessor,
} from '@fraudflow/messaging';
import { JsonBytes } from '@fraudflow/runtime-tuning';
import { decodeValidated } from './records/stage-inputs.js';
import type { StreamTransaction } from './records/stream-transaction.js';
import { type CacheLimits, isBloated } from './cache-limits.js';
import { dropUnused, loadEntities } from './load-entities.js';
import { reusedId } from './reused-id.js';
import { EXPIRY_PACE, type ExpiryPace, StateExpiry } from './state-expiry.js';
import { OutcomeTally, type StageCounts } from './stage-counts.js';
import type { StreamVector } from './stream-vector.js';
import { streams } from '../streams.js';

const CUSTOMER_STAGE = streams.state.customers.name;

/**
 * Stage that computes the features of the transaction and of its customer, and repartitions it by terminal. A duplicate
 * is dropped; another transaction under a used id becomes a dead letter.
 * @param streamed the vector and the features to compute
 * @param limits limits of the customers in memory per partition between batches
 */
export function customerStage(
  streamed: StreamVector,
  limits: CacheLimits,
  counts: StageCounts,
  pace = EXPIRY_PACE,
): StageDefinition<StreamTransaction> {
  return {
    name: CUSTOMER_STAGE,
    groupId: streams.readers.customers.group,
    layout: stateLayout(),
    stateReachMs: STATE_REACH_MS,
    input: transactionsValidatedTopic,
    open: () => new CustomerProcessor(streamed, limits, counts, pace),
    subscription: { decode: decodeValidated, eventTimeMs: ({ value }) => value.occurredAtMs },
  };
}

class CustomerProcessor implements StageProcessor<StreamTransaction> {
  private engine: CustomerEngine;
  private readonly vector: Float64Array;
  /** Bytes of the outputs, reused by the next batch: `process` is called after the previous outputs are durable. */
  private readonly json = new JsonBytes();
  private readonly expiry: StateExpiry;
  /** Entities of the batch whose states have expired. */
  private expiredIds: ReadonlySet<string> = new Set();

  constructor(
    private readonly streamed: StreamVector,
    private readonly limits: CacheLimits,
    private readonly counts: StageCounts,
    pace: ExpiryPace,
  ) {
    this.expiry = new StateExpiry(CUSTOMER_STAGE, pace);
    this.engine = new CustomerEngine(streamed.plan);
    this.vector = streamed.create();
  }

  async process(records: readonly DecodedRecord<StreamTransaction>[], context: StageContext): Promise<StageEffects> {
    this.trim();
    const { engine, counts, json, vector, limits } = this;
    json.reset();
    await this.load(records, context);
    const outputs: StageOutput[] = [];
    const isReplay = context.mayDefer;
    const tally = new OutcomeTally();
    for (const record of records) {
      const transaction = record.value;
      const outcome = this.apply(transaction);
      tally.add(outcome);
      if (outcome === 'duplicate' || isReplay) continue;
      if (outcome === 'reused') {
        outputs.push(reusedId(transaction, record));
        continue;
      }
      const from = { attributes: engine.attributes, isLate: outcome === 'too_late' };
      const value = this.streamed.byTerminalEvent(transaction, vector, from, json);
      outputs.push(encodedOutput(featuresByTerminalTopic, { key: transaction.terminalId, json: value }, record));
    }
    tally.report(CUSTOMER_STAGE, counts);
    if (isReplay && engine.size <= limits.entities) return { outputs, isDeferred: true };
    return { outputs, writes: await this.changes(context) };
  }

  /** State changes of the batch, including the removal of expired states. */
  private async changes(context: StageContext): Promise<ReadonlyMap<string, Uint8Array | null>> {
    const { engine, expiry, counts } = this;
    for (const id of this.expiredIds) dropUnused(engine, id);
    const writes = engine.takeChanges();
    if (!context.mayDefer) counts.expired(CUSTOMER_STAGE, await expiry.sweep(engine, context, writes));
    return writes;
  }

  private trim(): void {
    this.counts.evicted(CUSTOMER_STAGE, this.engine.trim(this.limits.entities, this.limits.bytes));
    if (isBloated(this.engine)) this.engine = new CustomerEngine(this.streamed.plan);
  }

  /**
   * Writes the features of the transaction and the customer to `vector`, as of the transaction's time, even if it is
   * too late to be stored.
   */
  private apply(transaction: StreamTransaction): ApplyOutcome {
    const { engine, vector } = this;
    const { customerId, occurredAtMs } = transaction;
    this.expiry.observe(occurredAtMs);
    writeTransactionFeatures(this.streamed.plan.transaction, transaction, vector);
    const customer = engine.findOrOpen(customerId);
    if (this.expiredIds.size === 0 || !this.expiredIds.has(customerId) || !this.expiry.entities.isOld(occurredAtMs))
      return engine.apply(customer, transaction, vector);
    engine.peek(customer, occurredAtMs, transaction, vector);
    return 'too_late';
  }

  private async load(records: readonly DecodedRecord<StreamTransaction>[], context: StageContext): Promise<void> {
    const absent = await loadEntities(this.missing(records), this.engine, context);
    let oldestMs = Number.POSITIVE_INFINITY;
    for (const { value } of records) oldestMs = Math.min(oldestMs, value.occurredAtMs);
    this.expiredIds = await this.expiry.entities.among(absent, oldestMs, context);
  }

  private missing(records: readonly DecodedRecord<StreamTransaction>[]): ReadonlySet<string> {
    const missing = new Set<string>();
    for (const { value } of records) if (this.engine.find(value.customerId) < 0) missing.add(value.customerId);
    return missing;
  }
}
