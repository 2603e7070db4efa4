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
import type { MonitorOutput } from '../deciding/monitor-output.js';
import type { ScoredRow } from '../counting/monitor-row.js';
import type { MonitorState } from '../deciding/monitor-state.js';
import type { ProfileLibrary } from '../profiles/profile-library.js';
import { CheckpointDriver, AssignedPartitions } from './checkpoint-driver.js';
import type { Outbox } from './outbox.js';
import { toLabelRow, toScoredRow } from './record.mapper.js';

const HEARTBEAT_MS = 1_000;
const PRODUCTION = 'Production';

/** Passes the records of the three topics to the state, and the resulting outputs to the outbox. */
export class MonitorInputs {
  /** Versions whose profile was requested in this session. */
  readonly #requested = new Set<string>();

  constructor(
    private readonly state: MonitorState,
    private readonly outbox: Outbox,
    private readonly profiles: ProfileLibrary,
    private readonly events: DriftMonitorEvents,
  ) {}

  /** @param partitions total number of partitions of all three topics. */
  subscriptions(admin: BusAdmin, partitions: number): readonly AnySubscription[] {
    const parts = { state: this.state, admin, partitions: new AssignedPartitions(partitions) };
    const scores = new CheckpointDriver<ScoredTransaction>('scores', parts, (records, context) =>
      this.#scores(records, context),
    );
    const labels = new CheckpointDriver<ValidatedLabel>('labels', parts, (records, context) =>
      this.#labels(records, context),
    );
    const models = new CheckpointDriver<ModelEvent>('models', parts, (records, context) =>
      this.#models(records, context),
    );
    return [
      // Other FraudFlow services have validated these records; a second validation would double the cost of a row.
      subscription(transactionsScoredTopic, scores, {
        trusted: true,
        eventTimeMs: ({ value }) => Date.parse(value.transaction.occurred_at),
      }),
      // Labels and scores are aligned in event time, so that a window's labels are available when it matures.
      subscription(labelsValidatedTopic, labels, {
        trusted: true,
        eventTimeMs: ({ value }) => Date.parse(value.labelled_at),
      }),
      // Model events have wall-clock times, which are not comparable with the event time of a replay.
      subscription(modelsEventsTopic, models, { eventTimeMs: () => Number.NaN }),
    ];
  }

  async #scores(records: readonly DecodedRecord<ScoredTransaction>[], context: BatchContext): Promise<void> {
    const rows = records.map(toScoredRow);
    await this.#obtainProfiles(rows, context);
    const outputs: MonitorOutput[] = [];
    try {
      this.state.addScores(context.partition, rows, outputs);
    } finally {
      // The state has processed these rows: their outputs must not be lost if a later row fails.
      this.outbox.add(outputs);
    }
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
    const leavesProduction = (kind === 'stage_changed' && toStage !== PRODUCTION) || kind === 'version_deleted';
    if (leavesProduction && this.state.productionOf(model) === version) this.state.setProduction(model, undefined);
  }

  /**
   * Delays the rows of a version until its profile is available or the wait has timed out. The profile of a version
   * that was restored without one is requested again, because the registry may have been unavailable before the
   * restart.
   */
  async #obtainProfiles(rows: readonly ScoredRow[], context: BatchContext): Promise<void> {
    const unresolved = new Map<string, ScoredRow>();
    let last: ScoredRow | undefined;
    for (const row of rows) {
      if (row.model === last?.model && row.version === last.version) continue;
      last = row;
      if (!this.#isResolved(row)) unresolved.set(keyOf(row), row);
    }
    for (const row of unresolved.values()) await this.#obtainProfile(row, context);
  }

  /** True if the version has its profile, or if the profile was requested in this session. */
  #isResolved({ model, version }: ScoredRow): boolean {
    if (this.state.hasProfile(model, version)) return true;
    return this.state.isMonitored(model, version) && this.#requested.has(keyOf({ model, version }));
  }

  async #obtainProfile({ model, version, threshold }: ScoredRow, context: BatchContext): Promise<void> {
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
    if (isWaiting) throw unavailable(`the reference profile of ${model} ${version} is not loaded yet`);
    const profile = await obtained;
    this.#requested.add(keyOf(identity));
    if (profile !== undefined) this.state.loadProfile(identity, profile);
  }
}

function keyOf({ model, version }: Pick<ScoredRow, 'model' | 'version'>): string {
  return `${model}\n${version}`;
}
