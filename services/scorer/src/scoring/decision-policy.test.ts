import { OUTCOMES } from '@fraudflow/contracts';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DecisionPolicy } from './decision-policy.js';

const policy = new DecisionPolicy({ version: 'p1', threshold: 0.75, challenge: 0.5, review: 0.7, decline: 0.9 });

describe('outcome by score band', () => {
  test.each([
    [0, 'approve'],
    [0.499, 'approve'],
    [0.5, 'challenge'],
    [0.7, 'review'],
    [0.9, 'decline'],
    [1, 'decline'],
  ])('a probability of %d leads to %s', (probability, outcome) => {
    expect(policy.decide(probability).outcome).toBe(outcome);
  });

  test('never becomes milder as the probability grows', () => {
    const probability = fc.double({ min: 0, max: 1, noNaN: true });
    const severity = (p: number): number => OUTCOMES.indexOf(policy.outcomeOf(p));

    fc.assert(
      fc.property(probability, probability, (a, b) => {
        expect(severity(Math.max(a, b))).toBeGreaterThanOrEqual(severity(Math.min(a, b)));
      }),
    );
  });
});

test('is_fraud counts from the threshold on, which does not move the outcome', () => {
  expect(policy.decide(0.75)).toMatchObject({ isFraud: true, threshold: 0.75, outcome: 'review' });
  expect(policy.decide(0.7499).isFraud).toBe(false);
  expect(policy.decide(0.3, 0.2)).toMatchObject({ isFraud: true, threshold: 0.2, outcome: 'approve' });
});

test('reasons name the band first, then missing features', () => {
  expect(policy.decide(0.95).reasons).toEqual(['SCORE_BAND_DECLINE']);
  expect(policy.decide(0.1, 0.75, true).reasons).toEqual(['SCORE_BAND_APPROVE', 'FEATURES_MISSING']);
});
