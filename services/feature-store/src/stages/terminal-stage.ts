import {
  type ByTerminalEvent,
  featuresByTerminalTopic,
  featuresTopic,
  HEADERS,
  type ValidatedLabel,
} from '@fraudflow/contracts';
import { idHash, labelSourceRank, TerminalEngine } from '@fraudflow/features';
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
import { type StreamVector, transactionJsonIn } from './stream-vector.js';

export const TERMINAL_STAGE = 'terminal';
export const TERMINAL_GROUP = 'feature-store.terminal';

type TerminalStageDefinition = StageDefinition<ByTerminalEvent> & { readonly output: typeof featuresTopic };

/**
 * Completes the vector with the terminal's features, and keeps the terminal's labels. Each transaction leaves it once.
 * @param streamed what is computed of the vector
 * @param cachedEntities most terminals kept in memory per partition between batches
 */
export function terminalStage(
  streamed: StreamVector,
  cachedEntities: number,
  counts: StageCounts,
): TerminalStageDefinition {
  return {
    name: TERMINAL_STAGE,
    groupId: TERMINAL_GROUP,
    input: featuresByTerminalTopic,
    output: featuresTopic,
    open: () => new TerminalProcessor(streamed, cachedEntities, counts),
    subscription: { trusted: true, eventTimeMs: eventTimeOf },
  };
}

type TransactionEvent = Extract<ByTerminalEvent, { kind: 'transaction' }>;

class TerminalProcessor implements StageProcessor<ByTerminalEvent> {
  private readonly engine: TerminalEngine;
  private readonly vector: Float64Array;
  private readonly event = { idHash: idHash(''), occurredAtMs: 0, amountMinor: 0 };

  constructor(
    private readonly streamed: StreamVector,
    private readonly cachedEntities: number,
    private readonly counts: StageCounts,
  ) {
    this.engine = new TerminalEngine(streamed.plan);
    this.vector = streamed.create();
  }

  async process(records: readonly DecodedRecord<ByTerminalEvent>[], context: StageContext): Promise<StageEffects> {
    const { engine, counts } = this;
    engine.trim(this.cachedEntities);
    await loadEntities(this.missing(records), engine, context);
    const outputs: StageOutput[] = [];
    const tally = new OutcomeTally();
    for (const record of records) {
      const { value } = record;
      if (value.kind === 'label') {
        tally.add(this.applyLabel(value.label));
        continue;
      }
      const outcome = this.applyTransaction(value);
      tally.add(outcome);
      if (outcome !== 'duplicate') outputs.push(this.output(value, record));
    }
    tally.report(TERMINAL_STAGE, counts);
    return { outputs, writes: engine.takeChanges() };
  }

  /** Leaves the whole vector in `vector`. */
  private applyTransaction({ transaction, vector, attributes }: TransactionEvent): string {
    const { engine, event } = this;
    event.idHash = idHash(transaction.transaction_id);
    event.occurredAtMs = parseInstant(transaction.occurred_at);
    event.amountMinor = transaction.amount_minor;
    this.streamed.takeHandover(vector, this.vector);
    return engine.apply(engine.findOrOpen(transaction.terminal_id), event, attributes, this.vector);
  }

  private applyLabel(label: ValidatedLabel): string {
    const { engine } = this;
    const outcome = engine.applyLabel(engine.findOrOpen(label.terminal_id), {
      idHash: idHash(label.transaction_id),
      occurredAtMs: parseInstant(label.occurred_at),
      isFraud: label.is_fraud,
      labelledAtMs: parseInstant(label.labelled_at),
      sourceRank: labelSourceRank(label.source),
    });
    return `label_${outcome}`;
  }

  private output({ transaction }: TransactionEvent, record: DecodedRecord<ByTerminalEvent>): StageOutput {
    const { name, version } = this.streamed.service;
    const text = transactionJsonIn(record.raw.value?.toString('utf8') ?? '') ?? JSON.stringify(transaction);
    const json = this.streamed.json(text, this.vector);
    const event = { transaction, feature_service: name, feature_service_version: version, features: {} };
    return output(featuresTopic, event, record, { json, headers: originOf(record) });
  }

  private missing(records: readonly DecodedRecord<ByTerminalEvent>[]): ReadonlySet<string> {
    const missing = new Set<string>();
    for (const { value } of records) {
      const id = value.kind === 'label' ? value.label.terminal_id : value.transaction.terminal_id;
      if (this.engine.find(id) < 0) missing.add(id);
    }
    return missing;
  }
}

function originOf({ source }: DecodedRecord): Readonly<Record<string, string>> {
  if (source === undefined) return {};
  const partition = source.partition.slice(source.partition.lastIndexOf(':') + 1);
  return { [HEADERS.origin]: `${partition}:${source.offset}` };
}

function eventTimeOf({ value }: DecodedRecord<ByTerminalEvent>): number {
  return parseInstant(value.kind === 'label' ? value.label.occurred_at : value.transaction.occurred_at);
}
