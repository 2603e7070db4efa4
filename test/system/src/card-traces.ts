import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { labelsTopic, transactionsTopic } from '@fraudflow/contracts';
import type { RecordHeaders } from '@fraudflow/messaging';
import { Kafka, logLevel } from 'kafkajs';
import type { RunningSystem } from './running-system.js';
import { recordsOf } from './topic-records.js';

/** Topics that external producers write. All other topics are written by FraudFlow. */
const INPUTS: ReadonlySet<string> = new Set([transactionsTopic.name, labelsTopic.name]);

/** A pattern that finds a card number with any grouping of its digits. @param digits the number without separators */
export function cardPattern(digits: string): RegExp {
  return new RegExp([...digits].join('[ -]?'));
}

/**
 * Records of all topics that exist, except the input topics, with one of the numbers in key, headers or value.
 * @returns `topic:partition:offset` of each
 */
export async function cardsOnTopics(system: RunningSystem, cards: readonly string[]): Promise<readonly string[]> {
  const patterns = cards.map(cardPattern);
  const places: string[] = [];
  for (const topic of await writtenTopics(system)) {
    for (const { raw, partition, offset } of await recordsOf(system.bus.admin, topic)) {
      const text = [raw.key, raw.value, headersText(raw.headers)].map(latin1).join('\n');
      if (patterns.some((pattern) => pattern.test(text))) places.push(`${topic}:${partition}:${offset}`);
    }
  }
  return places;
}

/** Topics on the broker that FraudFlow writes; a service creates only those that it declares. */
async function writtenTopics({ stack }: RunningSystem): Promise<readonly string[]> {
  const brokers = [...stack.addresses.kafkaBrokers];
  const admin = new Kafka({ brokers, logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  try {
    const topics = await admin.listTopics();
    return topics.filter((topic) => !INPUTS.has(topic) && !topic.startsWith('__'));
  } finally {
    await admin.disconnect();
  }
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
