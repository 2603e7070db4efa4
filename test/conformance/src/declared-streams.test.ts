import * as contracts from '@fraudflow/contracts';
import type { AnyTopic } from '@fraudflow/messaging';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { ALL_STREAMS } from './stream-graphs.js';

const SERVICES = fileURLToPath(new URL('../../../services', import.meta.url));

/** The product code of a service without its declaration. */
function codeOf(service: string): string {
  return readdirSync(`${SERVICES}/${service}/src`, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && !path.endsWith('.test.ts') && path !== 'streams.ts')
    .map((path) => readFileSync(`${SERVICES}/${service}/src/${path}`, 'utf8'))
    .join('\n');
}

/** The name by which code imports a topic. */
function identifierOf(topic: AnyTopic): string {
  const found = Object.entries(contracts).find(([, value]) => value === topic);
  if (!found) throw new Error(`${topic.name} is not exported by @fraudflow/contracts`);
  return found[0];
}

// What is used and not declared is refused by the types, at the start and by the bus: libs/service.
describe.each(ALL_STREAMS.map((streams) => [streams.service, streams] as const))('%s', (service, streams) => {
  const code = codeOf(service);

  test('has a handler for each declared input', () => {
    const unused = Object.keys(streams.consume).filter(
      (name) => !code.includes(`@StreamHandler(streams.consume.${name})`),
    );

    expect(unused).toEqual([]);
  });

  test('reads in each declared group of a reader', () => {
    expect(Object.keys(streams.readers).filter((name) => !code.includes(`streams.readers.${name}`))).toEqual([]);
  });

  test('keeps each declared state under its declared name', () => {
    expect(Object.keys(streams.state).filter((name) => !code.includes(`streams.state.${name}.name`))).toEqual([]);
  });

  test('produces to each declared topic', () => {
    const unused = streams.produce.map(identifierOf).filter((topic) => !code.includes(topic));

    expect(unused).toEqual([]);
  });
});
