import { expect, test } from 'vitest';
import { z } from 'zod';
import { renderSettings } from './describe-config.js';
import { ConfigError, loadConfig } from './load-config.js';
import { choice, durationMs, integer, list, secret } from './setting.js';

const schema = z.object({
  batch: integer({ env: 'T_BATCH', description: 'Records.', default: 500, min: 1, max: 1_000 }),
  nested: z.object({
    deadlineMs: durationMs({ env: 'T_DEADLINE', description: 'Longest wait.', default: '50ms' }),
    password: secret({ env: 'T_PASSWORD', description: 'Of the store.' }),
  }),
  mode: choice({ env: 'T_MODE', description: 'How.', options: ['fast', 'safe'], default: 'safe' }),
  hosts: list({ env: 'T_HOSTS', description: 'Where.', default: ['a:1'] }),
});

test('defaults apply and given values are converted', () => {
  const config = loadConfig(schema, { T_PASSWORD: 'x', T_DEADLINE: '2s', T_HOSTS: 'b:2, c:3' });

  expect(config.batch).toBe(500);
  expect(config.nested.deadlineMs).toBe(2_000);
  expect(config.nested.password.reveal()).toBe('x');
  expect(config.hosts).toEqual(['b:2', 'c:3']);
  expect(Object.isFrozen(config.nested)).toBe(true);
});

test('all problems are listed together, each with the name of its variable', () => {
  const load = (): unknown => loadConfig(schema, { T_BATCH: '0', T_DEADLINE: 'soon', T_MODE: 'slow' });

  expect(load).toThrow(ConfigError);
  expect(load).toThrow(/4 problem/);
  expect(load).toThrow(/T_BATCH must be a whole number from 1 to 1000/);
  expect(load).toThrow(/T_DEADLINE must be a duration/);
  expect(load).toThrow(/T_MODE must be one of fast, safe/);
  expect(load).toThrow(/T_PASSWORD is required/);
});

test('a duration of zero is refused unless the setting allows it', () => {
  const zero = z.object({ pauseMs: durationMs({ env: 'T_PAUSE', description: 'Pause.', default: '1s', min: 0 }) });

  expect(() => loadConfig(schema, { T_PASSWORD: 'x', T_DEADLINE: '0s' })).toThrow(
    /T_DEADLINE must be a duration of at/,
  );
  expect(loadConfig(zero, { T_PAUSE: '0s' }).pauseMs).toBe(0);
});

test('an empty variable counts as absent', () => {
  expect(loadConfig(schema, { T_PASSWORD: 'x', T_BATCH: '' }).batch).toBe(500);
});

test('a secret is never printed', () => {
  const config = loadConfig(schema, { T_PASSWORD: 'hunter2' });

  expect(JSON.stringify(config)).not.toContain('hunter2');
  expect(String(config.nested.password)).toBe('[redacted]');
});

test('the settings render as a table', () => {
  const page = renderSettings('Demo', schema);

  expect(page).toContain('| `T_DEADLINE` | duration | `50ms` | Longest wait. |');
  expect(page).toContain('| `T_PASSWORD` | secret | `required` | Of the store. |');
});
