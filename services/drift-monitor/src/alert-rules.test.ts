import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const folder = fileURLToPath(new URL('../../../deploy/alerts/', import.meta.url));
const hasPromtool = spawnSync('promtool', ['--version']).status === 0;
const rules = readFileSync(`${folder}fraudflow.rules.yaml`, 'utf8');
const cases = readFileSync(`${folder}fraudflow.rules.test.yaml`, 'utf8');

test('every alert is tested', () => {
  const alerts = [...rules.matchAll(/- alert: (\w+)/g)].map(([, name]) => name);

  expect(alerts).toContain('ModelAccuracyDegraded');
  expect(alerts.filter((name) => !cases.includes(`alertname: ${name}`))).toEqual([]);
});

test.skipIf(!hasPromtool)('the alert rules pass promtool (skipped without it: Debian package prometheus)', () => {
  const result = spawnSync('promtool', ['test', 'rules', 'fraudflow.rules.test.yaml'], {
    cwd: folder,
    encoding: 'utf8',
  });

  expect(result.stdout + result.stderr).toContain('SUCCESS');
  expect(result.status).toBe(0);
});
