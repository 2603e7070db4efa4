import { randomInt } from 'node:crypto';

const ADJECTIVES =
  'able bold brave calm clean clever deep eager fair fast fine fresh gentle grand keen kind lively loyal merry mighty neat nimble proud quick quiet rare sharp sleek smart steady swift tidy warm wise'.split(
    ' ',
  );
const NOUNS =
  'ant bass bat bear bee bird boar crab crane crow deer dove duck eagle elk finch fish fox gnat goat hare hawk hen jay kite lamb lark mole moth mouse newt owl perch pig quail ram seal shrew snail stork swan toad trout wolf wren'.split(
    ' ',
  );

/** A name for a run or model without one: `adjective-noun-number`. It is not unique. */
export function generateName(): string {
  return `${pick(ADJECTIVES)}-${pick(NOUNS)}-${randomInt(1_000)}`;
}

function pick(words: readonly string[]): string {
  return words[randomInt(words.length)] ?? 'run';
}
