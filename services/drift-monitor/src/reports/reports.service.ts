import type { DriftVerdictEvent } from '@fraudflow/contracts';
import { Injectable } from '@nestjs/common';
import type { MonitorState } from '../deciding/monitor-state.js';
import type { VersionMonitor } from '../deciding/version-monitor.js';
import { MonitorRunner } from '../session/monitor-runner.js';

/** Status of a model version, for operators and the live view. Times are event time, ISO 8601. */
export interface VersionStatus {
  readonly model: string;
  readonly version: string;
  /** Whether it is the serving version, determined from the scored rows. */
  readonly serving: boolean;
  /**
   * Whether it is the active version: the serving version, or before the first scored row the version in the registry's
   * stage Production.
   */
  readonly in_production: boolean;
  /** Whether it is in the registry's stage Production; the scorer may have refused it and use another version. */
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
   * Rows that are too far ahead of the stream to advance event time. `waiting` is the current majority of rows ahead
   * over other rows.
   */
  readonly rows_ahead: { readonly total: number; readonly waiting: number; readonly newest_at: string | null };
  readonly rows: Readonly<Record<string, number>>;
  readonly labels: { readonly waiting: number; readonly unmatched: number };
  readonly versions: readonly VersionStatus[];
}

/** Reports of the running session. A stand-by instance has no session and reports empty values. */
@Injectable()
export class ReportsService {
  constructor(private readonly runner: MonitorRunner) {}

  /** The newest verdicts, newest first. */
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
