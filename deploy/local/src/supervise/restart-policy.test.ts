import { describe, expect, test } from 'vitest';
import { decideRestart } from './restart-policy.js';

const crashes = (count: number): number[] => Array.from({ length: count }, (_, i) => i * 10);

describe('decideRestart', () => {
  test('restarts a part immediately after its first two crashes', () => {
    expect(decideRestart(crashes(1), 100).delayMs).toBe(0);
    expect(decideRestart(crashes(2), 100).delayMs).toBe(0);
  });

  test('doubles the delay with every further crash and stops at 15 seconds', () => {
    const delays = [3, 4, 5, 6, 40].map((count) => decideRestart(crashes(count), 1_000).delayMs);

    expect(delays).toEqual([250, 500, 1_000, 2_000, 15_000]);
  });

  test('reports a crash loop from the fifth crash within a minute', () => {
    expect(decideRestart(crashes(4), 100).isCrashLoop).toBe(false);
    expect(decideRestart(crashes(5), 100).isCrashLoop).toBe(true);
  });

  test('ignores crashes older than a minute', () => {
    const decision = decideRestart([0, 10, 20, 30, 70_000], 70_000);

    expect(decision).toEqual({ delayMs: 0, isCrashLoop: false, crashesInLastMinute: 1 });
  });
});
