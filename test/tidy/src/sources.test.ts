import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { isTestPath, packages, ROOT, type SourceFile, sourcesBelow } from './workspace.js';

const files = packages().flatMap((item) => sourcesBelow(item.directory));
const product = files.filter((file) => !file.isTest);
const paths = (wrong: readonly SourceFile[]): readonly string[] => wrong.map((file) => file.path);
const isDomain = (file: SourceFile): boolean =>
  /^libs\/(features|stats|cards|drift|learning|simulator)\//.test(file.path);

test('a test file is known by its path inside the repository', () => {
  expect(
    ['libs/core/src/errors.test.ts', 'libs/features/test/handbook.ts', 'test/system/src/x.ts'].every(isTestPath),
  ).toBe(true);
  expect(
    ['libs/core/src/errors.ts', 'libs/testing/src/index.ts', 'cli/src/commands/test.command.ts'].some(isTestPath),
  ).toBe(false);
});

test('the environment is read in one place', () => {
  const reads =
    /\bprocess\s*(\.\s*env\b|\[\s*['"]env['"]\s*\])|import\s*\{[^}]*\benv\b[^}]*\}\s*from\s*['"](node:)?process['"]/;
  const wrong = product.filter((file) => file.path !== 'libs/config/src/load-config.ts' && reads.test(file.text));

  expect(paths(wrong)).toEqual([]);
});

test('scripts import files that the sources make', () => {
  const scripts = execFileSync('git', ['ls-files', '*.mjs'], { cwd: ROOT, encoding: 'utf8' })
    .split('\n')
    .filter(Boolean);
  const broken = scripts.flatMap((script) =>
    [...readFileSync(join(ROOT, script), 'utf8').matchAll(/from '(\.[^']+)'/g)]
      .map(([, path]) => join(script, '..', path as string))
      // Built files may be left from before: their sources must be there.
      .map((path) => path.replace('/dist/', '/src/').replace(/(\/src\/.*)\.js$/, '$1.ts'))
      .filter((path) => !existsSync(join(ROOT, path)))
      .map((path) => `${script}: ${path}`),
  );

  expect(scripts).not.toEqual([]);
  expect(broken).toEqual([]);
});

test('no barrel but the index of a library', () => {
  const wrong = product.filter(
    (file) =>
      file.path.endsWith('/index.ts') && !/^(libs\/[^/]+|deploy\/local|bench|cli)\/src\/index\.ts$/.test(file.path),
  );

  expect(paths(wrong)).toEqual([]);
});

test('no stray notes to ourselves', () => {
  const wrong = files.filter((file) =>
    new RegExp(`\\b(${['TO', 'DO'].join('')}|FIX${'ME'}|X${'XX'})\\b`).test(file.text),
  );

  expect(paths(wrong)).toEqual([]);
});

test('no wall clock and no chance in features, rules and decisions', () => {
  const wrong = product.filter(
    (file) =>
      isDomain(file) &&
      /\bDate\.now\(|\bnew Date(\(\)|\s*[;,)])|Math\.random\(|performance\.now\(|randomUUID\(|randomBytes\(|hrtime\b/.test(
        file.text,
      ),
  );

  expect(paths(wrong)).toEqual([]);
});

test('no file grows past two screens of reasons: 300 lines, 400 for tests', () => {
  const wrong = files.filter((file) => file.text.split('\n').length > (file.isTest ? 400 : 300));

  expect(paths(wrong)).toEqual([]);
});

test('a main.ts starts and does nothing else: at most 40 lines', () => {
  const wrong = product.filter(
    (file) => /^services\/[^/]+\/src\/main\.ts$/.test(file.path) && file.text.split('\n').length > 41,
  );

  expect(paths(wrong)).toEqual([]);
});

test('no test is focused, switched off for good, or repeated until it passes', () => {
  const switches = new RegExp(`\\.(on${'ly'}|to${'do'}|fa${'ils'})\\(|\\bretry:\\s*[1-9]`);
  const wrong = files.filter((file) => file.path.endsWith('.test.ts') && switches.test(file.text));

  expect(paths(wrong)).toEqual([]);
});

test('no test skips itself in silence: a condition is named where it is decided', () => {
  const wrong = files.filter(
    (file) => file.path.endsWith('.test.ts') && /\b(test|it|describe)\.skip\(/.test(file.text),
  );

  expect(paths(wrong)).toEqual([]);
});

test('no workspace package is empty', () => {
  const empty = packages().filter((item) => sourcesBelow(item.directory).length === 0);

  expect(empty.map((item) => item.directory)).toEqual([]);
});

test('no vague file names', () => {
  const wrong = files.filter((file) => /\/(utils?|helpers?|common|types|misc)\.ts$/.test(file.path));

  expect(paths(wrong)).toEqual([]);
});

test('nothing tracked names a path of one machine or a registry host', () => {
  const tracked = execFileSync('git', ['ls-files', '-z'], { cwd: ROOT, encoding: 'utf8' }).split('\0').filter(Boolean);
  const forbidden = new RegExp(['"resolved": "https?:', `/${'work'}/(main|shared)`, `registry\\.${'npmjs'}`].join('|'));

  const wrong = tracked.filter((path) => isText(path) && forbidden.test(readFileSync(join(ROOT, path), 'utf8')));

  expect(wrong).toEqual([]);
});

function isText(path: string): boolean {
  return /\.(ts|json|md|mjs|py|sh|yaml|yml|proto|xml|toml|sql)$|(^|\/)(fraudflow|run|\.npmrc)$/.test(path);
}
