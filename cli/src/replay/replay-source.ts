import { readHandbookFile, type TopicWriter } from '@fraudflow/bench';
import { replay, type ReplayOptions, type ReplayProgress } from './replay.js';

/** A source of transactions and labels. */
export interface ReplaySource {
  /** The source as a field of the JSON result. */
  readonly origin: Readonly<Record<string, string>>;
  /** True if the target system has the transactions already, so that it emits nothing new. */
  readonly isKnown: boolean;
  /** Sends everything; yields the progress. */
  send(writer: Pick<TopicWriter, 'write'>): AsyncIterable<ReplayProgress>;
  /** The advice after an incomplete replay; undefined if there is none. */
  goOn(sent: ReplayProgress): string | undefined;
  close(): void;
}

export function fileSource(file: string, options: ReplayOptions): ReplaySource {
  return {
    origin: { file },
    isKnown: false,
    send: (writer) => replay(readHandbookFile(file), writer, options),
    goOn: () => undefined,
    close: () => undefined,
  };
}
