import { describe, expect, test } from 'vitest';
import { type Drift, aProfile, aWindow, seededRandom } from '../test/simulated-stream.js';
import { DriftEvidence } from './evidence/drift-evidence.js';
import { evaluateWindow } from './verdict/evaluate-window.js';

const N = 1000;

/** Windows until the first input alarm, or Infinity. */
function delayOf(drift: Drift, seed: number, most: number): number {
  const random = seededRandom(seed);
  const evidence = new DriftEvidence();
  for (let i = 0; i < most; i++) {
    const verdict = evaluateWindow(profile, aWindow(profile, random, i, N, drift), { hasKs: false });
    if (evidence.update(verdict).input.isAlarm) return i + 1;
  }
  return Infinity;
}

const profile = aProfile(seededRandom(100), 20_000);

describe('false alarms', () => {
  test('600 stationary windows of 15 mixed features raise none, while KS p < 0.05 flags many', () => {
    const random = seededRandom(200);
    const evidence = new DriftEvidence();
    let flagged = 0;
    let evaluated = 0;

    for (let i = 0; i < 600; i++) {
      const hasKs = i % 10 === 0;
      const verdict = evaluateWindow(profile, aWindow(profile, random, i, N), { hasKs });
      evidence.update(verdict);
      evaluated += hasKs ? 1 : 0;
      flagged += verdict.ksDrifted.length > 0 ? 1 : 0;
    }

    expect(evidence.toJson().alarms).toEqual({ input: 0, score: 0 });
    expect(flagged / evaluated).toBeGreaterThan(0.1);
  });

  test('the sampling error of a small reference is accounted for: m = 5000 and n = 5000 raise none in 60 windows', () => {
    const small = aProfile(seededRandom(300), 5000);
    const random = seededRandom(301);
    const evidence = new DriftEvidence();

    for (let i = 0; i < 60; i++) {
      evidence.update(evaluateWindow(small, aWindow(small, random, i, 5000), { hasKs: false, effectFloor: 0 }));
    }

    expect(evidence.toJson().alarms.input).toBe(0);
  });
});

describe('detection', () => {
  const runs = Array.from({ length: 60 }, (_, i) => 1000 + i);

  test('one of 15 features shifted by 0.25 sigma is found within 3 windows in at least 95 %', () => {
    const delays = runs.map((seed) => delayOf((row) => (row[2] = (row[2] as number) + 0.25), seed, 4));

    expect(delays.filter((delay) => delay <= 3).length / runs.length).toBeGreaterThanOrEqual(0.95);
  });

  test('doubled lognormal amounts are found within one window in at least 99 %', () => {
    const delays = runs.map((seed) => delayOf((row) => (row[6] = 2 * (row[6] as number)), seed, 1));

    expect(delays.filter((delay) => delay === 1).length / runs.length).toBeGreaterThanOrEqual(0.99);
  });

  test('nulls rising from 1 % to 5 % are found within 2 windows', () => {
    const nulls = seededRandom(400);
    const drift: Drift = (row) => {
      if (nulls.uniform() < 0.04) row[4] = NaN;
    };
    const delays = runs.slice(0, 20).map((seed) => delayOf(drift, seed, 2));

    expect(Math.max(...delays)).toBeLessThanOrEqual(2);
  });

  test('an alarm names the shifted feature first', () => {
    const random = seededRandom(500);
    const evidence = new DriftEvidence();
    const window = aWindow(profile, random, 0, N, (row) => (row[3] = (row[3] as number) + 0.6));

    const decision = evidence.update(evaluateWindow(profile, window, { hasKs: false }));

    expect(decision.input.isAlarm).toBe(true);
    expect(decision.attributed[0]).toMatchObject({ name: 'f3', isSignificant: true });
  });
});
