import {
  type ByTerminalEvent,
  featuresByTerminalTopic,
  type FeaturesEvent,
  featuresTopic,
  type ValidatedLabel,
} from '@fraudflow/contracts';
import {
  FEATURE_COUNT,
  FEATURE_NAMES,
  FRAUD_DETECTION_FEATURES,
  idHash,
  labelSourceRank,
  TerminalState,
} from '@fraudflow/features';
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

export const TERMINAL_STAGE = 'terminal';
export const TERMINAL_GROUP = 'feature-store.terminal';

type TerminalStageDefinition = StageDefinition<ByTerminalEvent> & { readonly output: typeof featuresTopic };

/** Completes the vector with the terminal's features, and keeps the terminal's labels. Each transaction leaves it once. */
export function terminalStage(cachedEntities: number, counts: StageCounts): TerminalStageDefinition {
  return {
    name: TERMINAL_STAGE,
    groupId: TERMINAL_GROUP,
    input: featuresByTerminalTopic,
    output: featuresTopic,
    open: () => new TerminalProcessor(cachedEntities, counts),
    subscription: { trusted: true, eventTimeMs: eventTimeOf },
  };
}

class TerminalProcessor implements StageProcessor<ByTerminalEvent> {
  private readonly cache: EntityCache<TerminalState>;
  private readonly vector = new Float64Array(FEATURE_COUNT);

  constructor(
    cachedEntities: number,
    private readonly counts: StageCounts,
  ) {
    this.cache = new EntityCache(cachedEntities);
  }

  async process(records: readonly DecodedRecord<ByTerminalEvent>[], context: StageContext): Promise<StageEffects> {
    this.cache.trim();
    await loadStates(terminalsOf(records), this.cache, TerminalState, context);
    const outputs: StageOutput[] = [];
    const changed = new Map<string, TerminalState>();
    const tally = new OutcomeTally();
    for (const record of records) {
      const { value } = record;
      const terminalId = terminalOf(value);
      const state = this.cache.get(terminalId) ?? TerminalState.empty();
      const outcome = value.kind === 'label' ? applyLabel(state, value.label) : this.applyTransaction(state, value);
      tally.add(outcome);
      if (CHANGING.has(outcome)) changed.set(terminalId, state);
      if (value.kind === 'transaction' && outcome !== 'duplicate') {
        outputs.push(output(featuresTopic, this.event(value), record));
      }
    }
    tally.report(TERMINAL_STAGE, this.counts);
    return { outputs, writes: new Map([...changed].map(([id, state]) => [id, state.encode()])) };
  }

  /** Leaves the whole vector in `vector`. */
  private applyTransaction(state: TerminalState, { transaction, vector }: TransactionEvent): string {
    const occurredAtMs = Date.parse(transaction.occurred_at);
    const event = { idHash: idHash(transaction.transaction_id), occurredAtMs, amountMinor: transaction.amount_minor };
    const outcome = state.apply(event);
    this.vector.set(vector);
    if (outcome === 'too_late') state.peek(occurredAtMs, event, this.vector);
    else if (outcome !== 'duplicate') state.features(occurredAtMs, this.vector);
    return outcome;
  }

  private event({ transaction }: TransactionEvent): FeaturesEvent {
    const features: Record<string, number> = {};
    for (let slot = 0; slot < FEATURE_COUNT; slot++)
      features[FEATURE_NAMES[slot] as string] = this.vector[slot] as number;
    return {
      transaction,
      feature_service: FRAUD_DETECTION_FEATURES.name,
      feature_service_version: FRAUD_DETECTION_FEATURES.version,
      features,
    };
  }
}

type TransactionEvent = Extract<ByTerminalEvent, { kind: 'transaction' }>;

/** Outcomes after which the state's bytes may differ. */
const CHANGING: ReadonlySet<string> = new Set(['applied', 'late', 'label_applied', 'label_parked']);

function applyLabel(state: TerminalState, label: ValidatedLabel): string {
  const outcome = state.applyLabel({
    idHash: idHash(label.transaction_id),
    occurredAtMs: Date.parse(label.occurred_at),
    isFraud: label.is_fraud,
    labelledAtMs: Date.parse(label.labelled_at),
    sourceRank: labelSourceRank(label.source),
  });
  return `label_${outcome}`;
}

function terminalOf(event: ByTerminalEvent): string {
  return event.kind === 'label' ? event.label.terminal_id : event.transaction.terminal_id;
}

function eventTimeOf({ value }: DecodedRecord<ByTerminalEvent>): number {
  return Date.parse(value.kind === 'label' ? value.label.occurred_at : value.transaction.occurred_at);
}

function* terminalsOf(records: readonly DecodedRecord<ByTerminalEvent>[]): Iterable<string> {
  for (const { value } of records) yield terminalOf(value);
}
