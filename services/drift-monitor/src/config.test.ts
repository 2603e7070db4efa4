import { ConfigError, loadConfig } from '@fraudflow/config';
import { DAY_MS } from '@fraudflow/core';
import { expect, test } from 'vitest';
import { driftMonitorConfigSchema } from './config.js';
import { maxOpenWindows, monitorDigest } from './deciding/monitor-options.js';
import { monitorOptions } from './session/monitor-options-of-config.js';

test('the defaults need no variable', () => {
  const options = monitorOptions(loadConfig(driftMonitorConfigSchema, {}), 12);

  expect(options).toMatchObject({ partitions: 12, windowMs: DAY_MS, budget: 0.001, policy: { floors: {} } });
});

test('all problems are listed together', () => {
  const environment = {
    FRAUDFLOW_DRIFT_CALENDAR_FEATURES: 'weekend',
    FRAUDFLOW_DRIFT_ALARMS: '5',
    FRAUDFLOW_DRIFT_LEASE: '10ms',
    FRAUDFLOW_DRIFT_WINDOW: '1m',
  };

  const load = (): unknown => loadConfig(driftMonitorConfigSchema, environment);

  expect(load).toThrow(ConfigError);
  for (const problem of [
    /FRAUDFLOW_DRIFT_ALARM_WINDOWS must not be below FRAUDFLOW_DRIFT_ALARMS/,
    /FRAUDFLOW_DRIFT_CALENDAR_FEATURES "weekend" is not a calendar feature/,
    /FRAUDFLOW_DRIFT_LEASE must be at least 1s/,
    /FRAUDFLOW_DRIFT_WINDOW is too short/,
  ]) {
    expect(load).toThrow(problem);
  }
});

test('windows of 15 minutes do not exceed the maximum of open windows', () => {
  const options = monitorOptions(loadConfig(driftMonitorConfigSchema, { FRAUDFLOW_DRIFT_WINDOW: '15m' }), 12);

  expect(maxOpenWindows(options)).toBeGreaterThan((36 + 6) * 4);
});

test('the digest of verdicts depends on the settings, but not on the partition count', () => {
  const digestOf = (environment: Record<string, string>, partitions: number): string =>
    monitorDigest(monitorOptions(loadConfig(driftMonitorConfigSchema, environment), partitions));

  expect(digestOf({}, 4)).toBe(digestOf({}, 12));
  expect(digestOf({ FRAUDFLOW_DRIFT_EFFECT_FLOOR: '0.01' }, 4)).not.toBe(digestOf({}, 4));
  expect(digestOf({ FRAUDFLOW_DRIFT_FLOOR_RECALL: '0.5' }, 4)).not.toBe(digestOf({}, 4));
});
