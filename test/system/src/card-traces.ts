import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ALL_TOPICS, deadLetterTopicName, labelsTopic, transactionsTopic } from '@fraudflow/contracts';
import type { RecordHeaders } from '@fraudflow/messaging';
import type { RunningSystem } from './running-system.js';
import { recordsOf } from './topic-records.js';

/** What the producers themselves write; all other topics are ours. */
const INPUTS: ReadonlySet<string> = new Set([transactionsTopic.name, labelsTopic.name]);

/** Finds a card number however its digits are grouped. @param digits the number without separators. */
export function cardPattern(digits: string): RegExp {
  return new RegExp([...digits].join('[ -]?'));
}

/** Places on any topic of ours, key, headers or value, where one of the numbers can be read: `topic:partition:offset`. */
export async function cardsOnTopics({ bus }: RunningSystem, cards: readonly string[]): Promise<readonly string[]> {
  const patterns = cards.map(cardPattern);
  const topics = ALL_TOPICS.flatMap(({ name, deadLetters }) => [
    ...(INPUTS.has(name) ? [] : [name]),
    ...(deadLetters ? [deadLetterTopicName(name)] : []),
  ]);
  const places: string[] = [];
  for (const topic of topics) {
    for (const { raw, partition, offset } of await recordsOf(bus.admin, topic)) {
      const text = [raw.key, raw.value, headersText(raw.headers)].map(latin1).join('\n');
      if (patterns.some((pattern) => pattern.test(text))) places.push(`${topic}:${partition}:${offset}`);
    }
  }
  return places;
}

/** Log files of the stack in which one of the numbers can be read. */
export function cardsInLogs({ stack }: RunningSystem, cards: readonly string[]): readonly string[] {
  const patterns = cards.map(cardPattern);
  const folders = new Set(stack.parts().map(({ logFile }) => dirname(logFile)));
  const files = [...folders].flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)));
  return files.filter((file) => {
    const text = readFileSync(file, 'latin1');
    return patterns.some((pattern) => pattern.test(text));
  });
}

function headersText(headers: RecordHeaders): string {
  return Object.entries(headers)
    .flatMap(([name, value]) => [name, ...[value].flat().map((one) => latin1(one ?? null))])
    .join('\n');
}

function latin1(value: Buffer | string | null): string {
  if (value === null) return '';
  return typeof value === 'string' ? value : value.toString('latin1');
}
