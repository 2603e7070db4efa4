import { OUTCOMES } from '@fraudflow/contracts';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DecisionPolicy } from './decision-policy.js';

const options = { threshold: 0.75, challenge: 0.5, review: 0.7, decline: 0.9 };
const policy = new DecisionPolicy(options);

describe('outcome by score band', () => {
  test.each([
    [0, 'approve'],
    [0.499, 'approve'],
    [0.5, 'challenge'],
    [0.7, 'review'],
    [0.9, 'decline'],
    [1, 'decline'],
  ])('a probability of %d leads to %s', (probability, outcome) => {
    expect(policy.decide(probability, 0.75).outcome).toBe(outcome);
  });

  test('never becomes less severe as the probability grows', () => {
    const probability = fc.double({ min: 0, max: 1, noNaN: true });
    const severity = (p: number): number => OUTCOMES.indexOf(policy.outcomeOf(p));

    fc.assert(
      fc.property(probability, probability, (a, b) => {
        expect(severity(Math.max(a, b))).toBeGreaterThanOrEqual(severity(Math.min(a, b)));
      }),
    );
  });
});

test.each([Number.NaN, -0.1, 1.1, Infinity, -Infinity])('a score of %d leads to review, never to approve', (score) => {
  expect(policy.decide(score, 0)).toMatchObject({
    outcome: 'review',
    isFraud: false,
    reasons: ['SCORE_UNAVAILABLE'],
  });
});

test('is_fraud depends on the threshold, which does not change the outcome', () => {
  expect(policy.decide(0.75, 0.75)).toMatchObject({ isFraud: true, threshold: 0.75, outcome: 'review' });
  expect(policy.decide(0.7499, 0.75).isFraud).toBe(false);
  expect(policy.decide(0.3, 0.2)).toMatchObject({ isFraud: true, threshold: 0.2, outcome: 'approve' });
});

test("the threshold is the caller's, else the configured one, else the model's own, else 0.75", () => {
  const unset = new DecisionPolicy({ ...options, threshold: undefined });

  expect([policy.thresholdFor(0.4, 0.1), policy.thresholdFor(0.4), unset.thresholdFor(0.4)]).toEqual([0.1, 0.75, 0.4]);
  expect(unset.thresholdFor(undefined)).toBe(0.75);
});

test('reasons list the band before missing features', () => {
  expect(policy.decide(0.95, 0.75).reasons).toEqual(['SCORE_BAND_DECLINE']);
  expect(policy.decide(0.1, 0.75, true).reasons).toEqual(['SCORE_BAND_APPROVE', 'FEATURES_MISSING']);
});

test('the policy version depends on the rules only: equal rules have equal versions', () => {
  const versions = [
    options,
    { ...options, decline: 0.91 },
    { ...options, threshold: 0.7 },
    { ...options, threshold: undefined },
  ].map((rules) => new DecisionPolicy(rules).version);

  expect(new DecisionPolicy({ ...options }).version).toBe(versions[0]);
  expect(new Set(versions).size).toBe(versions.length);
  expect(versions[0]).toMatch(/^bands-[0-9a-f]{12}$/);
});
