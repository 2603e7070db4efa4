import {
  labelsValidatedTopic,
  type ModelEvent,
  modelsEventsTopic,
  type ScoredTransaction,
  transactionsScoredTopic,
  type ValidatedLabel,
} from '@fraudflow/contracts';
import { delay, unavailable } from '@fraudflow/core';
import {
  type AnySubscription,
  type BatchContext,
  type BusAdmin,
  type DecodedRecord,
  subscription,
} from '@fraudflow/messaging';
import type { DriftMonitorEvents } from '../events.js';
import type { ScoredRow } from '../monitoring/monitor-row.js';
import type { MonitorState } from '../monitoring/monitor-state.js';
import type { ProfileLibrary } from '../profiles/profile-library.js';
import { CheckpointDriver, Holdings } from './checkpoint-driver.js';
import type { Outbox } from './outbox.js';
import { toLabelRow, toScoredRows } from './record.mapper.js';

const HEARTBEAT_MS = 1_000;
const PRODUCTION = 'Production';
export const INPUT_TOPICS = [transactionsScoredTopic.name, labelsValidatedTopic.name, modelsEventsTopic.name];

/** Hands the records of the three topics to the state, and what comes of it to the outbox. */
export class MonitorInputs {
  constructor(
    private readonly state: MonitorState,
    private readonly outbox: Outbox,
    private readonly profiles: ProfileLibrary,
    private readonly events: DriftMonitorEvents,
  ) {}

  /** @param partitions of all three topics together. */
  subscriptions(admin: BusAdmin, partitions: number): readonly AnySubscription[] {
    const places = { state: this.state, admin, holdings: new Holdings(partitions) };
    const scores = new CheckpointDriver<ScoredTransaction>('scores', places, (records, context) =>
      this.#scores(records, context),
    );
    const labels = new CheckpointDriver<ValidatedLabel>('labels', places, (records, context) =>
      this.#labels(records, context),
    );
    const models = new CheckpointDriver<ModelEvent>('models', places, (records, context) =>
      this.#models(records, context),
    );
    return [
      // Our own services wrote and checked these records: checking each again would double the cost of a row.
      subscription(transactionsScoredTopic, scores, {
        trusted: true,
        eventTimeMs: ({ value }) => Date.parse(value.transaction.occurred_at),
      }),
      // Labels and scores are caught up together, so that a window's labels are there when it matures.
      subscription(labelsValidatedTopic, labels, {
        trusted: true,
        eventTimeMs: ({ value }) => Date.parse(value.labelled_at),
      }),
      // Model changes are stamped by the wall clock, which says nothing about a replay's event time.
      subscription(modelsEventsTopic, models, { eventTimeMs: () => Number.NaN }),
    ];
  }

  async #scores(records: readonly DecodedRecord<ScoredTransaction>[], context: BatchContext): Promise<void> {
    const rows = toScoredRows(records);
    await this.#meetVersions(rows, context);
    this.outbox.add(this.state.addScores(context.partition, rows));
    this.events.progressed(this.state);
    await this.outbox.flush();
  }

  async #labels(records: readonly DecodedRecord<ValidatedLabel>[], { partition }: BatchContext): Promise<void> {
    const labels = records.map(toLabelRow);
    this.state.addLabels(partition, labels);
    this.events.labelsReceived(labels);
  }

  async #models(records: readonly DecodedRecord<ModelEvent>[], { partition }: BatchContext): Promise<void> {
    for (const { value, offset } of records) {
      this.#modelChanged(value);
      this.state.moveTo('models', partition, offset + 1);
    }
  }

  #modelChanged({ kind, model_name: model, model_version: version, to_stage: toStage }: ModelEvent): void {
    if (kind === 'stage_changed' && toStage === PRODUCTION) this.state.setProduction(model, version);
    const hasLeft = (kind === 'stage_changed' && toStage !== PRODUCTION) || kind === 'version_deleted';
    if (hasLeft && this.state.productionOf(model) === version) this.state.setProduction(model, undefined);
  }

  /** Rows of a version wait in the log, unread, until its profile is there or the wait is over. */
  async #meetVersions(rows: readonly ScoredRow[], context: BatchContext): Promise<void> {
    const unmet = new Map<string, ScoredRow>();
    for (const row of rows) {
      if (!this.state.knows(row.model, row.version)) unmet.set(`${row.model}\n${row.version}`, row);
    }
    for (const row of unmet.values()) await this.#meet(row, context);
  }

  async #meet({ model, version, threshold }: ScoredRow, context: BatchContext): Promise<void> {
    const identity = { model, version, threshold };
    let isWaiting = true;
    const obtained = this.profiles
      .obtain(model, version, (late) => this.state.loadProfile(identity, late))
      .finally(() => (isWaiting = false));
    while (isWaiting && !context.signal.aborted) {
      const beat = new AbortController();
      await Promise.race([obtained, delay(HEARTBEAT_MS, beat.signal)]);
      beat.abort();
      await context.heartbeat();
    }
    if (isWaiting) throw unavailable(`the reference profile of ${model} ${version} is still on its way`);
    const profile = await obtained;
    if (profile !== undefined) this.state.loadProfile(identity, profile);
  }
}
