import { expect, test } from 'vitest';
import { aProfile, aWindow, seededRandom } from '../../test/simulated-stream.js';
import { type WindowVerdict, evaluateWindow } from '../verdict/evaluate-window.js';
import { DriftEvidence } from './drift-evidence.js';

const profile = aProfile(seededRandom(1), 2000);
const quiet = evaluateWindow(profile, aWindow(profile, seededRandom(2), 0, 200), { hasKs: false });

function aVerdict(index: number, change: Partial<WindowVerdict> = {}): WindowVerdict {
  return { ...quiet, windowStartMs: index * 1000, windowEndMs: (index + 1) * 1000, ...change };
}

test('weak evidence of the same drift adds up to an alarm', () => {
  const evidence = new DriftEvidence();
  const decisions = [1, 2, 3, 4].map((i) => evidence.update(aVerdict(i, { inputLogE: Math.log(10) })));

  expect(decisions.map((decision) => decision.input.isAlarm)).toEqual([false, false, false, true]);
  expect(decisions[2]?.input.log10).toBeCloseTo(3, 9);
  expect(decisions[3]?.alarms).toEqual({ input: 1, score: 0 });
});

test('an alarm resets its own signal only', () => {
  const evidence = new DriftEvidence();
  evidence.update(aVerdict(1, { inputLogE: 20, scoreLogE: 3 }));

  const next = evidence.update(aVerdict(2, { inputLogE: 0, scoreLogE: 0 }));

  expect(next.input.log10).toBe(0);
  expect(next.score.log10).toBeCloseTo(3 / Math.LN10, 9);
});

test('windows without drift never reduce the evidence below its initial value', () => {
  const evidence = new DriftEvidence();
  for (let i = 0; i < 50; i++) evidence.update(aVerdict(i, { inputLogE: -5 }));

  expect(evidence.update(aVerdict(99, { inputLogE: 8 })).input.isAlarm).toBe(true);
});

test('an insufficient window does not change the evidence', () => {
  const evidence = new DriftEvidence();
  evidence.update(aVerdict(1, { inputLogE: 3 }));

  const decision = evidence.update(aVerdict(2, { status: 'insufficient', inputLogE: 99 }));

  expect(decision.input.log10).toBeCloseTo(3 / Math.LN10, 9);
  expect(decision.windows).toBe(1);
});

test('an alarm without a significant feature names the strongest suspect and marks it as not significant', () => {
  const features = quiet.features.map((feature, i) => ({ ...feature, logE: i === 7 ? 0.2 : -1 }));

  const decision = new DriftEvidence().update(aVerdict(1, { inputLogE: 20, features }));

  expect(decision.attributed).toMatchObject([{ name: 'f7', isSignificant: false }]);
});

test('evidence restored from JSON continues with the same results', () => {
  const straight = new DriftEvidence();
  straight.update(aVerdict(1, { inputLogE: 2 }));
  const restored = DriftEvidence.fromJson(JSON.parse(JSON.stringify(straight.toJson())));

  expect(restored.update(aVerdict(2))).toEqual(straight.update(aVerdict(2)));
});

test('a window counts once and in order', () => {
  const evidence = new DriftEvidence();
  evidence.update(aVerdict(2));

  expect(() => evidence.update(aVerdict(2))).toThrow(/in ascending order/);
  expect(() => new DriftEvidence({ budget: 0 })).toThrow(/between 0 and 1/);
});
