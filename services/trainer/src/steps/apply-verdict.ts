import { AppError } from '@fraudflow/core';
import type { GateResult } from '@fraudflow/learning';
import type { StoredTraining, StoredVersion, Verdict } from '../models/model-store.port.js';
import type { StepContext } from './step.js';

export interface PipelineOutcome {
  readonly promoted: boolean;
  readonly version: StoredVersion;
  readonly previousVersion: string | undefined;
  readonly dataDigest: string;
  readonly metrics: Readonly<Record<string, number>>;
  readonly gates: readonly Omit<GateResult, 'message'>[];
  readonly message: string;
}

type Decision = Pick<PipelineOutcome, 'promoted' | 'message'>;

const UNKNOWN_VERDICT: Verdict = { passed: false, evaluatedAgainst: undefined, dataDigest: '', metrics: {}, gates: [] };

/**
 * Applies the stored verdict: promotes the version or rejects it.
 * @param note remark about the data, which is appended to the message; may be empty
 */
export async function applyVerdict(
  stored: StoredTraining,
  note: string,
  context: StepContext,
): Promise<PipelineOutcome> {
  const { version, runId, verdict = UNKNOWN_VERDICT } = stored;
  return {
    version: { version, runId },
    previousVersion: verdict.evaluatedAgainst,
    dataDigest: verdict.dataDigest,
    metrics: verdict.metrics,
    gates: verdict.gates.map(({ gate, value, bound, passed }) => ({ gate, value, bound, passed })),
    ...(await decide(stored, note, context)),
  };
}

async function decide(
  { version, stage, verdict }: StoredTraining,
  note: string,
  { ports, settings, withRetries }: StepContext,
): Promise<Decision> {
  if (verdict === undefined) {
    const message = `version ${version} has no stored verdict; promote it by hand or send a request with another id`;
    return { promoted: false, message };
  }
  if (!verdict.passed) return { promoted: false, message: withNote(failures(verdict), note) };
  if (stage === 'Archived') {
    return { promoted: true, message: `version ${version} was promoted and replaced since` };
  }
  try {
    await withRetries(() => ports.store.promote(settings.model, version, verdict.evaluatedAgainst));
  } catch (thrown) {
    if (!(thrown instanceof AppError && thrown.code === 'CHAMPION_CHANGED')) throw thrown;
    const message = `all gates passed, but ${thrown.message}: not promoted; promote it by hand or request another training`;
    return { promoted: false, message };
  }
  return { promoted: true, message: withNote(success(verdict), note) };
}

function withNote(text: string, note: string): string {
  return note === '' ? text : `${text}; ${note}`;
}

function failures({ gates }: Verdict): string {
  const failed = gates.filter(({ passed }) => !passed).map(({ message, gate }) => message || `gate ${gate} failed`);
  return failed.join('; ') || 'a gate failed';
}

function success({ gates }: Verdict): string {
  const unreadable = gates.find(({ gate }) => gate === 'champion_readable');
  return unreadable === undefined ? 'all gates passed' : `all gates passed; ${unreadable.message}`;
}
