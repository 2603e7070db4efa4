import { describe, expect, test } from 'vitest';
import { aProfile, aWindow, seededRandom } from '../../test/simulated-stream.js';
import { DriftEvidence, type EvidenceDecision } from '../evidence/drift-evidence.js';
import { performanceReport } from '../performance/performance-report.js';
import { evaluateWindow } from '../verdict/evaluate-window.js';
import { RetrainingPolicy } from './retraining-policy.js';

const HOUR = 3_600_000;

function aDecision(index: number, alarms: { input?: boolean; score?: boolean }): EvidenceDecision {
  const signal = (isAlarm = false) => ({ log10: isAlarm ? 4 : 0, thresholdLog10: 3.3, isAlarm });
  return {
    windowStartMs: index * HOUR,
    windowEndMs: (index + 1) * HOUR,
    budget: 0.001,
    input: signal(alarms.input),
    score: signal(alarms.score),
    attributed: alarms.input ? [{ name: 'amount', log10: 4, psi: 0.3, isSignificant: true }] : [],
    alarms: { input: 0, score: 0 },
    windows: index,
  };
}

/** A matured window in which the given number of 100 frauds is caught. */
function aReport(index: number, caught: number) {
  return performanceReport({
    windowStartMs: index * HOUR,
    windowEndMs: (index + 1) * HOUR,
    maturedAtMs: (index + 8) * HOUR,
    threshold: 0.5,
    labelled: 100,
    scores: Float64Array.from({ length: 1000 }, (_, i) => (i < caught ? 0.9 : 0.1)),
    flagged: Uint8Array.from({ length: 1000 }, (_, i) => (i < caught ? 1 : 0)),
    labels: Uint8Array.from({ length: 1000 }, (_, i) => (i < 100 ? 1 : 0)),
  });
}

const both = { input: true, score: true };
const aPolicy = (options = {}): RetrainingPolicy => new RetrainingPolicy('fraud_detector', '3', options);

describe('drift', () => {
  test('requests retraining after both signals alarmed twice within four windows', () => {
    const policy = aPolicy();

    const requests = [both, {}, { input: true }, { score: true }].map((alarms, i) =>
      policy.onEvidence(aDecision(i, alarms)),
    );

    expect(requests.slice(0, 3)).toEqual([undefined, undefined, undefined]);
    expect(requests[3]).toMatchObject({ reason: 'drift', version: '3', windowStartMs: 3 * HOUR, features: ['amount'] });
  });

  test('alarms further apart than the span do not add up', () => {
    const policy = aPolicy();
    const pattern = [both, {}, {}, {}, both];

    expect(pattern.map((alarms, i) => policy.onEvidence(aDecision(i, alarms))).every((a) => a === undefined)).toBe(
      true,
    );
  });

  test('input drift without score drift requests retraining only if the options allow it', () => {
    const run = (policy: RetrainingPolicy) => [0, 1].map((i) => policy.onEvidence(aDecision(i, { input: true })))[1];

    expect(run(aPolicy())).toBeUndefined();
    expect(run(aPolicy({ drift: 'input' }))).toBeDefined();
    expect(run(aPolicy({ drift: 'off' }))).toBeUndefined();
  });

  test('neither a KS p-value of 1e-9 nor the alarm of one window requests retraining', () => {
    const profile = aProfile(seededRandom(1), 2000);
    const policy = aPolicy({ drift: 'input' });
    const evidence = new DriftEvidence();
    const window = aWindow(profile, seededRandom(2), 0, 1000, (row) => (row[0] = (row[0] as number) + 3));
    const verdict = evaluateWindow(profile, window);

    const decision = evidence.update(verdict);

    expect(verdict.features[0]?.ks?.pValue).toBeLessThan(1e-9);
    expect(decision.input.isAlarm).toBe(true);
    expect(policy.onEvidence(decision)).toBeUndefined();
  });
});

describe('performance', () => {
  const guarded = { floors: { recall: 0.8 } };

  test('requests retraining after three consecutive windows whose upper bound is below the floor', () => {
    const policy = aPolicy(guarded);

    const requests = [0, 1, 2].map((i) => policy.onPerformance(aReport(i, 50)));

    expect(requests.slice(0, 2)).toEqual([undefined, undefined]);
    expect(requests[2]).toMatchObject({ reason: 'performance', metrics: ['recall'], requestedAtMs: 10 * HOUR });
  });

  test('a window above the floor restarts the count', () => {
    const policy = aPolicy(guarded);
    const caught = [50, 50, 90, 50, 50];

    expect(caught.map((count, i) => policy.onPerformance(aReport(i, count))).every((a) => a === undefined)).toBe(true);
  });

  test('a value below the floor whose interval contains the floor is not a breach', () => {
    const policy = aPolicy(guarded);

    expect([0, 1, 2].map((i) => policy.onPerformance(aReport(i, 78))).every((a) => a === undefined)).toBe(true);
  });
});

test('a request starts a cooldown in event time; lasting drift requests again after it', () => {
  const policy = aPolicy({ cooldownMs: 5 * HOUR });

  const asked = Array.from({ length: 9 }, (_, i) => policy.onEvidence(aDecision(i, both)) !== undefined);

  expect(asked.flatMap((isAsked, i) => (isAsked ? [i] : []))).toEqual([1, 6]);
});

test('the id is derived from model, version and window, so a replay gives the same id', () => {
  const idOf = (version: string) => {
    const policy = new RetrainingPolicy('fraud_detector', version);
    policy.onEvidence(aDecision(0, both));
    return policy.onEvidence(aDecision(1, both))?.id;
  };

  expect(idOf('3')).toMatch(/^retrain-[0-9a-f]{16}$/);
  expect(idOf('3')).toBe(idOf('3'));
  expect(idOf('3')).not.toBe(idOf('4'));
});

test('a policy restored from JSON keeps its persistence and its cooldown', () => {
  const policy = aPolicy({ floors: { recall: 0.8 } });
  policy.onPerformance(aReport(0, 50));
  policy.onPerformance(aReport(1, 50));
  const options = { floors: { recall: 0.8 } };
  const restored = RetrainingPolicy.fromJson(
    JSON.parse(JSON.stringify(policy.toJson())),
    'fraud_detector',
    '3',
    options,
  );

  expect(restored.onPerformance(aReport(2, 50))).toEqual(policy.onPerformance(aReport(2, 50)));
  expect(restored.onPerformance(aReport(3, 50))).toBeUndefined();
});

test('settings without persistence are refused', () => {
  expect(() => aPolicy({ driftAlarms: 1 })).toThrow(/persistence/);
  expect(() => aPolicy({ cooldownMs: -1 })).toThrow(/cooldown/);
});
