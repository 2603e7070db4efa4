import { ALL_TOPICS, deadLetterTopicName, type StreamGraph } from '@fraudflow/contracts';
import { type Streams, streamGraphOf } from '@fraudflow/messaging';
import { streams as driftMonitor } from '../../../services/drift-monitor/src/streams.js';
import { streams as featureStore } from '../../../services/feature-store/src/streams.js';
import { streams as ingestion } from '../../../services/ingestion/src/streams.js';
import { streams as registry } from '../../../services/registry/src/streams.js';
import { streams as scorer } from '../../../services/scorer/src/streams.js';
import { streams as trainer } from '../../../services/trainer/src/streams.js';

/** The six services' declarations in the order of the flow. */
export const ALL_STREAMS: readonly Streams[] = [ingestion, featureStore, scorer, driftMonitor, trainer, registry];

/** Their drawings. */
export const STREAM_GRAPHS: readonly StreamGraph[] = ALL_STREAMS.map(streamGraphOf);

/** Every topic that a service may declare: the defined topics and their dead-letter topics. */
export const KNOWN_TOPICS: ReadonlySet<string> = new Set(
  ALL_TOPICS.flatMap(({ name, deadLetters }) => (deadLetters ? [name, deadLetterTopicName(name)] : [name])),
);

/**
 * The text of docs/dataflow.md: a diagram and two tables, generated from the stream graphs and the topic definitions.
 */
export function renderDataflow(): string {
  return [
    '# Data flow',
    '',
    'Drawn from the six `streams.ts` and the topic definitions by `test/conformance`; do not edit by hand.',
    '',
    '```mermaid',
    'flowchart LR',
    ...STREAM_GRAPHS.map(({ service }) => `  ${id(service)}[[${service}]]`),
    ...[...KNOWN_TOPICS].map((topic) => `  ${id(topic)}([${topic}])`),
    ...STREAM_GRAPHS.flatMap((graph) => [
      ...unique([...graph.consumes.map(({ topic }) => topic), ...(graph.tables ?? [])]).map(
        (topic) => `  ${id(topic)} --> ${id(graph.service)}`,
      ),
      ...graph.produces.map((topic) => `  ${id(graph.service)} --> ${id(topic)}`),
    ]),
    '```',
    '',
    '| topic | owner | key | partitions | what |',
    '|---|---|---|---|---|',
    ...ALL_TOPICS.map(
      ({ name, owner, keyedBy, partitions, description }) =>
        `| \`${name}\` | ${owner} | ${keyedBy} | ${partitions ?? 'as configured'} | ${description} |`,
    ),
    '',
    '| service | consumer groups | state | calls |',
    '|---|---|---|---|',
    ...STREAM_GRAPHS.map(
      ({ service, consumes, state, calls }) =>
        `| ${service} | ${unique(consumes.map(({ group }) => `\`${group}\``)).join('<br>') || '–'} | ${state.join('<br>') || '–'} | ${calls.join('<br>') || '–'} |`,
    ),
    '',
  ].join('\n');
}

function id(name: string): string {
  return name.replaceAll(/[^a-z]/g, '_');
}

function unique(names: readonly string[]): readonly string[] {
  return [...new Set(names)];
}
