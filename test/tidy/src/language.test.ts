import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from './workspace.js';

/** Longest line of a comment, in columns. Code is wrapped by the formatter, comments are not. */
const COMMENT_WIDTH = 120;

/** Metaphors and personification that a reader would have to translate: docs/STYLE.md, section 0. */
const BANNED = [
  String.raw`lets? go\b`,
  String.raw`letting go`,
  String.raw`brought near`,
  String.raw`bring(s|ing)? near`,
  String.raw`in charge`,
  String.raw`hears?\b`,
  String.raw`heard\b`,
  String.raw`tells?\b`,
  String.raw`told\b`,
  String.raw`telling\b`,
  String.raw`doors?\b`,
  String.raw`in hand\b`,
  String.raw`put aside`,
  String.raw`house\b`,
  String.raw`whoever`,
  String.raw`so many\b`,
  String.raw`wish(es)?\b`,
  String.raw`rooms?\b`,
].map((pattern) => new RegExp(String.raw`\b${pattern}`, 'i'));

/** Texts that name the words, or that are older than the rule. */
const EXEMPT = /^(docs\/STYLE\.md|docs\/glossary\.md|docs\/benchmarks\/history\/|test\/tidy\/src\/language\.test\.ts)/;

const tracked = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
  cwd: ROOT,
  encoding: 'utf8',
})
  .split('\0')
  .filter((path) => /\.(ts|mjs|md|proto|sh|yaml|yml|py)$|^fraudflow$/.test(path))
  .filter((path) => !/(^|\/)generated\//.test(path) && !EXEMPT.test(path));

function linesOf(path: string): readonly string[] {
  try {
    return readFileSync(join(ROOT, path), 'utf8').split('\n');
  } catch (thrown) {
    if ((thrown as { code?: string }).code === 'ENOENT') return [];
    throw thrown;
  }
}

function findings(paths: readonly string[], isWrong: (line: string) => boolean): readonly string[] {
  return paths.flatMap((path) =>
    linesOf(path).flatMap((line, i) => (isWrong(line) ? [`${path}:${i + 1}: ${line.trim().slice(0, 100)}`] : [])),
  );
}

test('the rules read code and documents', () => {
  expect(tracked.filter((path) => path.endsWith('.ts')).length).toBeGreaterThan(600);
  expect(tracked.filter((path) => path.endsWith('.md')).length).toBeGreaterThan(30);
});

test('names, comments, documents and messages use the words of the field', () => {
  expect(findings(tracked, (line) => BANNED.some((word) => word.test(line)))).toEqual([]);
});

test('a comment is at most 120 columns wide', () => {
  const code = tracked.filter((path) => /\.(ts|mjs|proto)$/.test(path));
  const isComment = (line: string): boolean => /^\s*(\/\/|\/\*|\*)/.test(line);

  expect(findings(code, (line) => isComment(line) && line.length > COMMENT_WIDTH)).toEqual([]);
});
