import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ALL_TOPICS, deadLetterTopicName, labelsTopic, transactionsTopic } from '@fraudflow/contracts';
import type { RecordHeaders } from '@fraudflow/messaging';
import type { RunningSystem } from './running-system.js';
import { recordsOf } from './topic-records.js';

/** Topics that external producers write. All other topics are written by FraudFlow. */
const INPUTS: ReadonlySet<string> = new Set([transactionsTopic.name, labelsTopic.name]);

/** A pattern that finds a card number with any grouping of its digits. @param digits the number without separators */
export function cardPattern(digits: string): RegExp {
  return new RegExp([...digits].join('[ -]?'));
}

/** Records of FraudFlow's topics with one of the numbers in key, headers or value, as `topic:partition:offset`. */
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

/** Log files of the stack that contain one of the numbers. */
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
