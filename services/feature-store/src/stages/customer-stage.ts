import {
  type ByTerminalEvent,
  featuresByTerminalTopic,
  transactionsValidatedTopic,
  type ValidatedTransaction,
} from '@fraudflow/contracts';
import { CustomerState, idHash, transactionFeatures, VECTOR_LAYOUT } from '@fraudflow/features';
import {
  type DecodedRecord,
  output,
  type StageContext,
  type StageDefinition,
  type StageEffects,
  type StageOutput,
  type StageProcessor,
} from '@fraudflow/messaging';
import { EntityCache } from './entity-cache.js';
import { loadStates } from './load-states.js';
import { OutcomeTally, type StageCounts } from './stage-counts.js';

export const CUSTOMER_STAGE = 'customer';
export const CUSTOMER_GROUP = 'feature-store.customer';

/** Adds a transaction's own and its customer's features and sends it on by terminal. A transaction seen before changes nothing. */
export function customerStage(cachedEntities: number, counts: StageCounts): StageDefinition<ValidatedTransaction> {
  return {
    name: CUSTOMER_STAGE,
    groupId: CUSTOMER_GROUP,
    input: transactionsValidatedTopic,
    open: () => new CustomerProcessor(cachedEntities, counts),
    subscription: { trusted: true, eventTimeMs: ({ value }) => Date.parse(value.occurred_at) },
  };
}

class CustomerProcessor implements StageProcessor<ValidatedTransaction> {
  private readonly cache: EntityCache<CustomerState>;
  private readonly vector = new Float64Array(VECTOR_LAYOUT.customer.to);

  constructor(
    cachedEntities: number,
    private readonly counts: StageCounts,
  ) {
    this.cache = new EntityCache(cachedEntities);
  }

  async process(records: readonly DecodedRecord<ValidatedTransaction>[], context: StageContext): Promise<StageEffects> {
    this.cache.trim();
    await loadStates(customersOf(records), this.cache, CustomerState, context);
    const outputs: StageOutput[] = [];
    const changed = new Map<string, CustomerState>();
    const tally = new OutcomeTally();
    for (const record of records) {
      const { value } = record;
      const state = this.cache.get(value.customer_id) ?? CustomerState.empty();
      const outcome = this.apply(state, value);
      tally.add(outcome);
      if (outcome === 'duplicate') continue;
      if (outcome !== 'too_late') changed.set(value.customer_id, state);
      const event: ByTerminalEvent = { kind: 'transaction', transaction: value, vector: Array.from(this.vector) };
      outputs.push(output(featuresByTerminalTopic, event, record));
    }
    tally.report(CUSTOMER_STAGE, this.counts);
    return { outputs, writes: new Map([...changed].map(([id, state]) => [id, state.encode()])) };
  }

  /** Leaves the transaction's and the customer's features in `vector`. One that is too late for the state still gets its features as of its time. */
  private apply(state: CustomerState, transaction: ValidatedTransaction): string {
    const occurredAtMs = Date.parse(transaction.occurred_at);
    const event = { idHash: idHash(transaction.transaction_id), occurredAtMs, amountMinor: transaction.amount_minor };
    const outcome = state.apply(event);
    if (outcome === 'duplicate') return outcome;
    transactionFeatures(occurredAtMs, transaction.amount_minor, this.vector);
    if (outcome === 'too_late') state.peek(occurredAtMs, event, this.vector);
    else state.features(occurredAtMs, this.vector);
    return outcome;
  }
}

function* customersOf(records: readonly DecodedRecord<ValidatedTransaction>[]): Iterable<string> {
  for (const { value } of records) yield value.customer_id;
}
