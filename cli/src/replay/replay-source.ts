import { readHandbookFile } from './handbook/handbook-file.js';
import { replay, type ReplayOptions, type ReplayProgress } from './replay.js';
import type { TopicWriter } from './topic-writer.js';

/** Where transactions and labels come from. */
export interface ReplaySource {
  /** What it is, as a field of the JSON result. */
  readonly origin: Readonly<Record<string, string>>;
  /** True if the system it goes to has it already, so that nothing new comes out. */
  readonly isKnown: boolean;
  /** Sends all of it; yields as it goes. */
  send(writer: Pick<TopicWriter, 'write'>): AsyncIterable<ReplayProgress>;
  /** What to do when it was not sent to its end; undefined if there is nothing to say. */
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
