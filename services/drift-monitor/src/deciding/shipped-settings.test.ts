import { loadConfig } from '@fraudflow/config';
import { DriftEvidence, evaluateWindow } from '@fraudflow/drift';
import { describe, expect, test } from 'vitest';
import { aProfile, aWindow, type Drift, seededRandom } from '../../../../libs/drift/test/simulated-stream.js';
import { driftMonitorConfigSchema } from '../config.js';
import { monitorOptions } from '../session/monitor-options-of-config.js';

// libs/drift tests the detector with the library's defaults, whose effect floor is ten times lower than the service's
// default. These tests use the same simulated data with the service's defaults and check the detection rates in
// docs/services/drift-monitor.md.
const { drift, budget } = monitorOptions(loadConfig(driftMonitorConfigSchema, {}), 1);
const profile = aProfile(seededRandom(100), 20_000);
const runs = Array.from({ length: 60 }, (_, i) => 1000 + i);

interface World {
  readonly rows: number;
  readonly windows: number;
  readonly change: Drift;
}

/** Share of the runs with an input alarm within the windows. */
function foundIn({ rows, windows, change }: World, of: readonly number[] = runs): number {
  const found = of.filter((seed) => {
    const random = seededRandom(seed);
    const evidence = new DriftEvidence({ budget });
    return Array.from({ length: windows }).some((_, i) => {
      const window = aWindow(profile, random, i, rows, change);
      return evidence.update(evaluateWindow(profile, window, { ...drift, hasKs: false })).input.isAlarm;
    });
  });
  return found.length / of.length;
}

const shiftedBy =
  (sigma: number): Drift =>
  (row) => {
    row[2] = (row[2] as number) + sigma;
  };

describe('with the default settings', () => {
  test('200 stationary windows raise no alarm', () => {
    const random = seededRandom(200);
    const evidence = new DriftEvidence({ budget });
    for (let i = 0; i < 200; i++) {
      evidence.update(evaluateWindow(profile, aWindow(profile, random, i, 1_000), { ...drift, hasKs: false }));
    }

    expect(evidence.toJson().alarms).toEqual({ input: 0, score: 0 });
  });

  // docs/services/drift-monitor.md has the measured shares of 60 runs. If the measured power rises above the last
  // column, update both.
  test.each([
    [
      'a shift by 0.25 sigma is found in more than 9 of 10 runs at 2,400 rows a window',
      { rows: 2_400, sigma: 0.25 },
      [0.9, 1],
    ],
    ['a shift by 0.25 sigma is missed in most runs at 1,000 rows a window', { rows: 1_000, sigma: 0.25 }, [0.05, 0.5]],
    [
      'a shift by 0.4 sigma is found in more than 9 of 10 runs at 1,000 rows a window',
      { rows: 1_000, sigma: 0.4 },
      [0.9, 1],
    ],
    [
      'a shift below the effect floor (0.14 sigma) is not found, with any window size',
      { rows: 5_000, sigma: 0.1 },
      [0, 0],
    ],
  ] as const)('%s (one of 15 features, within 3 windows)', (_, { rows, sigma }, [min, max]) => {
    const found = foundIn({ rows, windows: 3, change: shiftedBy(sigma) }, runs.slice(0, rows > 1_000 ? 12 : 40));

    expect(found).toBeGreaterThanOrEqual(min);
    expect(found).toBeLessThanOrEqual(max);
  });

  test('doubled lognormal amounts are found within two windows of 1,000 rows, most within one', () => {
    const change: Drift = (row) => (row[6] = 2 * (row[6] as number));

    expect(foundIn({ rows: 1_000, windows: 1, change })).toBeGreaterThanOrEqual(0.6);
    expect(foundIn({ rows: 1_000, windows: 2, change }, runs.slice(0, 20))).toBe(1);
  });

  test('missing values that rise from 1 % to 5 % are found within two windows of 1,000 rows', () => {
    const nulls = seededRandom(400);
    const change: Drift = (row) => {
      if (nulls.uniform() < 0.04) row[4] = NaN;
    };

    expect(foundIn({ rows: 1_000, windows: 2, change }, runs.slice(0, 20))).toBe(1);
  });
});
