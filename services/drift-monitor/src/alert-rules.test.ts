import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const folder = join(root, 'deploy/alerts');
const rules = readFileSync(join(folder, 'fraudflow.rules.yaml'), 'utf8');
const cases = readFileSync(join(folder, 'fraudflow.rules.test.yaml'), 'utf8');
const alerts = [...rules.matchAll(/- alert: (\w+)/g)].map(([, name = '']) => name);

/** Path of promtool (Debian package `prometheus`); undefined if it is not installed. */
function findPromtool(): string | undefined {
  const candidates = ['promtool', '/usr/bin/promtool', '/usr/local/bin/promtool', '/opt/homebrew/bin/promtool'];
  return candidates.find((path) => spawnSync(path, ['--version']).status === 0);
}

const promtool = findPromtool();
// oxlint-disable-next-line node/no-process-env -- a variable of the CI system, not a setting of the product
const isCi = process.env['CI'] === 'true';

function promtoolOutput(...args: string[]): { status: number | null; text: string } {
  const { status, stdout, stderr } = spawnSync(promtool ?? 'promtool', args, { cwd: folder, encoding: 'utf8' });
  return { status, text: `${stdout}${stderr}` };
}

/** Texts of the expectations on an alert in the test file. */
function expectationsOf(alert: string): string[] {
  const parts = cases.split(/(?=- eval_time:|- \{ eval_time:|- expr:|\n {2}- name:)/);
  return parts.filter((part) => new RegExp(`alertname(: |=")${alert}\\b`).test(part));
}

describe('the alert rules', () => {
  test.skipIf(promtool === undefined && !isCi)(
    'pass promtool: rules, their tests, the example configuration (skipped without promtool, Debian package prometheus; CI=true makes that a failure)',
    () => {
      const commands = [
        ['check', 'rules', 'fraudflow.rules.yaml'],
        ['test', 'rules', 'fraudflow.rules.test.yaml'],
        ['check', 'config', 'prometheus.yaml'],
      ];

      for (const command of commands) {
        const { status, text } = promtoolOutput(...command);
        expect(text).toContain('SUCCESS');
        expect(status, text).toBe(0);
      }
    },
    300_000,
  );

  test.each(alerts)('%s has a test in which it fires and one in which it does not', (alert) => {
    const expectations = expectationsOf(alert);

    expect(expectations.some((part) => /exp_labels|value: 1/.test(part))).toBe(true);
    expect(expectations.some((part) => /exp_(alerts|samples): \[\]/.test(part))).toBe(true);
  });

  test('have unique names, a severity, a summary and a description', () => {
    const bodies = rules.split(/(?=- alert: )/).slice(1);

    expect(new Set(alerts).size).toBe(alerts.length);
    for (const part of ['severity: (page|ticket)\n', 'summary: ', 'description: ']) {
      expect(bodies.filter((body) => !new RegExp(part).test(body))).toEqual([]);
    }
  });

  test('use only metrics that a service registers', () => {
    const text = sources().join('\n');
    const expressions = [...rules.matchAll(/expr: (?:>-\n)?([\s\S]*?)\n {8}(?:for|labels):/g)].map(
      ([, expr = '']) => expr,
    );
    const withoutLabels = expressions.map((expr) => expr.replaceAll(/\{[^}]*\}|\b(on|by) \([^)]*\)/g, ''));
    const used = new Set(withoutLabels.join(' ').match(/\b[a-z]+(?:_[a-z0-9]+)+\b/g) ?? []);

    const unknown = [...used]
      .filter((name) => !PROMQL_FUNCTIONS.has(name))
      .filter((name) => !text.includes(`'${name.replace(/_(bucket|count|sum)$/, '')}'`))
      .filter((name) => !text.includes(`'${name.replace(/_(upper|lower)$/, '')}'`));

    expect(expressions).toHaveLength(alerts.length);
    expect(unknown).toEqual([]);
  });

  test('mention only commands and settings that exist', () => {
    const text = sources().join('\n');
    const settings = new Set(rules.match(/FRAUDFLOW_[A-Z_]+/g) ?? []);

    const commands = [...rules.matchAll(/`fraudflow (\w+) (\w+)((?: --\w+)*)/g)];
    const unknown = commands.filter(([, command = '', verb = '', flags = '']) => {
      const source = readFileSync(join(root, `cli/src/commands/${command}.command.ts`), 'utf8');
      const isKnown = source.includes(`.command('${verb}')`) && flags.split(' ').every((flag) => source.includes(flag));
      return !isKnown;
    });

    expect([...settings].filter((name) => !text.includes(`'${name}'`))).toEqual([]);
    expect(commands.length).toBeGreaterThan(1);
    expect(unknown).toEqual([]);
  });
});

const PROMQL_FUNCTIONS = new Set(['histogram_quantile']);

/** Source files of libraries and services, without tests. */
function sources(): string[] {
  const isProduct = (file: string): boolean =>
    file.endsWith('.ts') && !file.endsWith('.test.ts') && !/(^|\/)(node_modules|dist|test)\//.test(file);
  return ['libs', 'services'].flatMap((layer) =>
    readdirSync(join(root, layer)).flatMap((part) => {
      const source = join(root, layer, part, 'src');
      return readdirSync(source, { recursive: true, encoding: 'utf8' })
        .filter(isProduct)
        .map((file) => readFileSync(join(source, file), 'utf8'));
    }),
  );
}
