import { ConfigError, loadConfig } from '@fraudflow/config';
import { DAY_MS } from '@fraudflow/core';
import { expect, test } from 'vitest';
import { driftMonitorConfigSchema } from './config.js';
import { monitorDigest } from './monitoring/monitor-options.js';
import { monitorOptions } from './monitoring/options-of-config.js';

test('the defaults need no variable', () => {
  const options = monitorOptions(loadConfig(driftMonitorConfigSchema, {}), 12);

  expect(options).toMatchObject({ partitions: 12, windowMs: DAY_MS, budget: 0.001, policy: { floors: {} } });
});

test('all problems are listed at once', () => {
  const environment = {
    FRAUDFLOW_DRIFT_CALENDAR_FEATURES: 'weekend',
    FRAUDFLOW_DRIFT_ALARMS: '5',
    FRAUDFLOW_DRIFT_LEASE: '10ms',
  };

  const load = (): unknown => loadConfig(driftMonitorConfigSchema, environment);

  expect(load).toThrow(ConfigError);
  expect(load).toThrow(
    /FRAUDFLOW_DRIFT_ALARM_WINDOWS must not be below[\s\S]*FRAUDFLOW_DRIFT_CALENDAR_FEATURES|CALENDAR/,
  );
});

test('the digest of verdicts tells settings apart, but not partition counts', () => {
  const digestOf = (environment: Record<string, string>, partitions: number): string =>
    monitorDigest(monitorOptions(loadConfig(driftMonitorConfigSchema, environment), partitions));

  expect(digestOf({}, 4)).toBe(digestOf({}, 12));
  expect(digestOf({ FRAUDFLOW_DRIFT_EFFECT_FLOOR: '0.01' }, 4)).not.toBe(digestOf({}, 4));
  expect(digestOf({ FRAUDFLOW_DRIFT_FLOOR_RECALL: '0.5' }, 4)).not.toBe(digestOf({}, 4));
});
