import { labelSourceRank } from '@fraudflow/core';
import { featuresByTerminalTopic, featuresTopic, HEADERS, type ValidatedLabel } from '@fraudflow/contracts';
import { type ApplyOutcome, idHash, STATE_REACH_MS, stateLayout, TerminalEngine } from '@fraudflow/features';
import {
  type DecodedRecord,
  encodedOutput,
  type FlatHeaders,
  type StageContext,
  type StageDefinition,
  type StageEffects,
  type StageOutput,
  type StageProcessor,
} from '@fraudflow/messaging';
import { JsonBytes } from '@fraudflow/runtime-tuning';
import { parseInstant } from './records/canonical-instant.js';
import { decodeByTerminal, type PartialTransaction, type TerminalEvent } from './records/stage-inputs.js';
import { type CacheLimits, isBloated } from './cache-limits.js';
import { dropUnused, loadEntities } from './load-entities.js';
import { reusedId } from './reused-id.js';
import { EXPIRY_PACE, type ExpiryPace, StateExpiry } from './state-expiry.js';
import { OutcomeTally, type StageCounts } from './stage-counts.js';
import type { StreamVector } from './stream-vector.js';
import { streams } from '../streams.js';

const TERMINAL_STAGE = streams.state.terminals.name;

type TerminalStageDefinition = StageDefinition<TerminalEvent> & { readonly output: typeof featuresTopic };

/**
 * Stage that completes the vector with the features of the terminal and stores the labels of the terminal. Each
 * transaction is published once. A transaction of a second customer under a known id becomes a dead letter.
 * @param streamed the vector and the features to compute
 * @param limits limits of the terminals in memory per partition between batches
 */
export function terminalStage(
  streamed: StreamVector,
  limits: CacheLimits,
  counts: StageCounts,
  pace = EXPIRY_PACE,
): TerminalStageDefinition {
  return {
    name: TERMINAL_STAGE,
    groupId: streams.readers.terminals.group,
    layout: stateLayout(),
    stateReachMs: STATE_REACH_MS,
    input: featuresByTerminalTopic,
    output: featuresTopic,
    open: () => new TerminalProcessor(streamed, limits, counts, pace),
    subscription: { decode: decodeByTerminal, eventTimeMs: eventTimeOf },
  };
}

class TerminalProcessor implements StageProcessor<TerminalEvent> {
  private engine: TerminalEngine;
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
    this.expiry = new StateExpiry(TERMINAL_STAGE, pace);
    this.engine = new TerminalEngine(streamed.plan);
    this.vector = streamed.create();
  }

  async process(records: readonly DecodedRecord<TerminalEvent>[], context: StageContext): Promise<StageEffects> {
    this.trim();
    const { engine, counts, limits } = this;
    this.json.reset();
    await this.load(records, context);
    const outputs: StageOutput[] = [];
    const isReplay = context.mayDefer;
    const tally = new OutcomeTally();
    for (const record of records) {
      const { value } = record;
      if (value.kind === 'label') {
        tally.add(this.applyLabel(value.label));
        continue;
      }
      const outcome = this.applyTransaction(value);
      tally.add(outcome);
      if (outcome === 'duplicate' || isReplay) continue;
      if (outcome === 'reused') outputs.push(reusedId(value.transaction, record));
      else outputs.push(this.output(value, value.isLate || outcome === 'too_late', record));
    }
    tally.report(TERMINAL_STAGE, counts);
    if (isReplay && engine.size <= limits.entities) return { outputs, isDeferred: true };
    return { outputs, writes: await this.changes(context) };
  }

  /** State changes of the batch, including the removal of expired states. */
  private async changes(context: StageContext): Promise<ReadonlyMap<string, Uint8Array | null>> {
    const { engine, expiry, counts } = this;
    for (const id of this.expiredIds) dropUnused(engine, id);
    const writes = engine.takeChanges();
    if (!context.mayDefer) counts.expired(TERMINAL_STAGE, await expiry.sweep(engine, context, writes));
    return writes;
  }

  private trim(): void {
    this.counts.evicted(TERMINAL_STAGE, this.engine.trim(this.limits.entities, this.limits.bytes));
    if (isBloated(this.engine)) this.engine = new TerminalEngine(this.streamed.plan);
  }

  /** Writes the complete vector to `vector`. */
  private applyTransaction({ transaction, vector, attributes }: PartialTransaction): ApplyOutcome {
    const { engine } = this;
    const { terminalId, occurredAtMs } = transaction;
    this.expiry.observe(occurredAtMs);
    this.streamed.readPartialVector(vector, this.vector);
    const terminal = engine.findOrOpen(terminalId);
    if (this.expiredIds.size === 0 || !this.expiredIds.has(terminalId) || !this.expiry.entities.isOld(occurredAtMs))
      return engine.apply(terminal, transaction, attributes, this.vector);
    engine.peek(terminal, { atMs: occurredAtMs, attributes }, transaction, this.vector);
    return 'too_late';
  }

  private async load(records: readonly DecodedRecord<TerminalEvent>[], context: StageContext): Promise<void> {
    const absent = await loadEntities(this.missing(records), this.engine, context);
    let oldestMs = Number.POSITIVE_INFINITY;
    for (const { value } of records)
      if (value.kind === 'transaction') oldestMs = Math.min(oldestMs, value.transaction.occurredAtMs);
    this.expiredIds = await this.expiry.entities.among(absent, oldestMs, context);
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

  private output(
    { transaction }: PartialTransaction,
    isLate: boolean,
    record: DecodedRecord<TerminalEvent>,
  ): StageOutput {
    const json = this.streamed.event(transaction, this.vector, isLate, this.json);
    return encodedOutput(featuresTopic, { key: transaction.terminalId, json, headers: originOf(record) }, record);
  }

  private missing(records: readonly DecodedRecord<TerminalEvent>[]): ReadonlySet<string> {
    const missing = new Set<string>();
    for (const { value } of records) {
      const id = value.kind === 'label' ? value.label.terminal_id : value.transaction.terminalId;
      if (this.engine.find(id) < 0) missing.add(id);
    }
    return missing;
  }
}

function originOf({ source }: DecodedRecord): FlatHeaders {
  if (source === undefined) return [];
  const partition = source.partition.slice(source.partition.lastIndexOf(':') + 1);
  return [HEADERS.origin, `${partition}:${source.offset}`];
}

function eventTimeOf({ value }: DecodedRecord<TerminalEvent>): number {
  return value.kind === 'label' ? parseInstant(value.label.occurred_at) : value.transaction.occurredAtMs;
}
