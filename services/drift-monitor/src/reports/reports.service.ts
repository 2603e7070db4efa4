import type { DriftVerdictEvent } from '@fraudflow/contracts';
import { Injectable } from '@nestjs/common';
import type { MonitorState } from '../deciding/monitor-state.js';
import type { VersionMonitor } from '../deciding/version-monitor.js';
import { MonitorRunner } from '../session/monitor-runner.js';

/** Standing of a model version, for people and the live view. Times are event time, ISO 8601. */
export interface VersionStatus {
  readonly model: string;
  readonly version: string;
  /** Whether it scores the stream, determined from the scored rows. */
  readonly serving: boolean;
  /**
   * Whether it is the active version: the one that scores, or before any row was scored the one that the registry calls
   * Production.
   */
  readonly in_production: boolean;
  /** Whether the registry calls it Production; the scorer may have refused it and go on with another version. */
  readonly registered_production: boolean;
  readonly has_profile: boolean;
  readonly rows: number;
  readonly open_windows: number;
  readonly evidence_log10: { readonly input: number; readonly score: number };
  readonly alarms: { readonly input: number; readonly score: number };
  readonly labels_joined: number;
  readonly newest_row_at: string | null;
}

export interface MonitorStatus {
  readonly role: string;
  readonly config_digest: string | null;
  readonly watermark: string | null;
  readonly newest_row_at: string | null;
  readonly closed_up_to: string | null;
  /**
   * Rows so far ahead of the stream that they do not move event time. `waiting` of them outnumber the others at
   * present.
   */
  readonly rows_ahead: { readonly total: number; readonly waiting: number; readonly newest_at: string | null };
  readonly rows: Readonly<Record<string, number>>;
  readonly labels: { readonly waiting: number; readonly unmatched: number };
  readonly versions: readonly VersionStatus[];
}

/** Answers questions about the running session; a stand-by instance has little data. */
@Injectable()
export class ReportsService {
  constructor(private readonly runner: MonitorRunner) {}

  /** Newest first. */
  verdicts(limit: number): readonly DriftVerdictEvent[] {
    return this.runner.session?.outbox.verdicts.newest(limit) ?? [];
  }

  status(): MonitorStatus {
    const { role, session } = this.runner;
    return session === undefined ? { ...EMPTY_STATUS, role } : { role, ...stateStatus(session.state) };
  }
}

const EMPTY_STATUS: Omit<MonitorStatus, 'role'> = {
  config_digest: null,
  watermark: null,
  newest_row_at: null,
  closed_up_to: null,
  rows_ahead: { total: 0, waiting: 0, newest_at: null },
  rows: {},
  labels: { waiting: 0, unmatched: 0 },
  versions: [],
};

function stateStatus(state: MonitorState): Omit<MonitorStatus, 'role'> {
  const { watermarkMs, newestMs, closedUpToMs } = state.times;
  const { ahead } = state;
  return {
    config_digest: state.digest,
    watermark: instantOrNull(watermarkMs),
    newest_row_at: instantOrNull(newestMs),
    closed_up_to: instantOrNull(closedUpToMs),
    rows_ahead: { total: ahead.rows, waiting: ahead.votes, newest_at: instantOrNull(ahead.newestMs) },
    rows: { ...state.outcomes },
    labels: { waiting: state.pendingLabels, unmatched: state.unmatchedLabels },
    versions: state.versions.map((version) => versionStatus(version, state)),
  };
}

function versionStatus(version: VersionMonitor, state: MonitorState): VersionStatus {
  const { identity, evidence } = version;
  const serving = state.servingOf(identity.model);
  const production = state.productionOf(identity.model);
  return {
    model: identity.model,
    version: identity.version,
    serving: serving === identity.version,
    in_production: (serving ?? production) === identity.version,
    registered_production: production === identity.version,
    has_profile: version.hasProfile,
    rows: version.rows,
    open_windows: version.openWindows,
    evidence_log10: { input: evidence.input / Math.LN10, score: evidence.score / Math.LN10 },
    alarms: evidence.alarms,
    labels_joined: version.joinCounters.joined,
    newest_row_at: instantOrNull(version.newestMs),
  };
}

function instantOrNull(ms: number): string | null {
  return !Number.isFinite(ms) ? null : new Date(ms).toISOString();
}
