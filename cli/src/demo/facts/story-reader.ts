import {
  driftVerdictsTopic,
  modelsEventsTopic,
  retrainingRequestedTopic,
  type TopicDefinition,
  trainingCompletedTopic,
} from '@fraudflow/contracts';
import type { RawRecord } from '@fraudflow/messaging';
import { type LogReader, type Position, readOn } from '@fraudflow/bench';
import type { Story } from './story.js';

/** Follows the low-rate topics on which the system reports its own state. */
export class StoryReader {
  private readonly chapters;

  constructor(
    private readonly log: LogReader,
    story: Story,
  ) {
    this.chapters = [
      chapter(driftVerdictsTopic, (value) => story.verdictGiven(value)),
      chapter(retrainingRequestedTopic, (value) => story.retrainingRequested(value)),
      chapter(modelsEventsTopic, (value) => story.modelChanged(value)),
      chapter(trainingCompletedTopic, (value) => story.trainingCompleted(value)),
    ];
  }

  /** Reads the new records. */
  async readOn(): Promise<void> {
    for (const { topic, position, enter } of this.chapters) {
      for await (const record of readOn(this.log, topic, position)) enter(record);
    }
  }
}

interface Chapter {
  readonly topic: string;
  readonly position: Position;
  enter(record: RawRecord): void;
}

function chapter<Value>({ name, schema }: TopicDefinition<Value>, onValue: (value: Value) => void): Chapter {
  return {
    topic: name,
    position: [],
    enter: ({ value }) => onValue(schema.parse(JSON.parse(value?.toString('utf8') ?? 'null'))),
  };
}
