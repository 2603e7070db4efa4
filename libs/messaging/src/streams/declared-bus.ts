import { failedPrecondition } from '@fraudflow/core';
import type {
  BusAdmin,
  BusConsumer,
  BusConsumerHandlers,
  BusConsumerOptions,
  EventBus,
  FencedWriter,
  ProducerLimits,
  RawProducer,
} from '../port/bus.js';
import type { OutgoingRecord, TopicPartition } from '../port/record.js';
import { streamGraphOf, type Streams, writableTopics } from './define-streams.js';

/**
 * The bus of one service. It writes only to the topics that the service declares and reads only in its declared groups,
 * so that the declaration and the program cannot differ.
 */
export class DeclaredBus implements EventBus {
  private readonly writable: ReadonlySet<string>;
  private readonly inputs: ReadonlySet<string>;
  /** As the bus's, but `read` throws AppError `failed_precondition` (TOPIC_NOT_DECLARED) for other topics. */
  readonly admin: BusAdmin;

  constructor(
    private readonly bus: EventBus,
    private readonly streams: Streams,
  ) {
    this.writable = new Set(writableTopics(streams));
    const { consumes, tables = [] } = streamGraphOf(streams);
    this.inputs = new Set(consumes.map(({ topic, group }) => inputName(topic, group)));
    // A stage reads where its output ends, so outputs are readable, too.
    const readable = new Set([...consumes.map(({ topic }) => topic), ...tables, ...this.writable]);
    this.admin = withCheckedRead(bus.admin, (topic) => {
      if (!readable.has(topic)) throw this.undeclared(`reads ${topic}`, 'TOPIC_NOT_DECLARED');
    });
  }

  /** @returns a producer whose `write` throws AppError `failed_precondition` (TOPIC_NOT_DECLARED) for other topics */
  producer(limits?: Partial<ProducerLimits>): RawProducer {
    const producer = this.bus.producer(limits);
    return {
      write: async (records) => {
        this.checkTopics(records);
        await producer.write(records);
      },
      flush: () => producer.flush(),
      close: () => producer.close(),
    };
  }

  /** @throws AppError `failed_precondition` (TOPIC_NOT_DECLARED) */
  async fencedWriter(name: string, target: TopicPartition): Promise<FencedWriter> {
    this.checkTopic(target.topic);
    return this.bus.fencedWriter(name, target);
  }

  /** @throws AppError `failed_precondition` (INPUT_NOT_DECLARED) */
  consumer(options: BusConsumerOptions, handlers: BusConsumerHandlers): BusConsumer {
    for (const topic of options.topics) {
      if (this.inputs.has(inputName(topic, options.groupId))) continue;
      throw this.undeclared(`reads ${topic} in group ${options.groupId}`, 'INPUT_NOT_DECLARED');
    }
    return this.bus.consumer(options, handlers);
  }

  close(): Promise<void> {
    return this.bus.close();
  }

  private checkTopics(records: readonly OutgoingRecord[]): void {
    let checked: string | undefined;
    // Records of a call usually have one topic, so most of them need no look-up.
    for (const { topic } of records) {
      if (topic === checked) continue;
      this.checkTopic(topic);
      checked = topic;
    }
  }

  private checkTopic(topic: string): void {
    if (!this.writable.has(topic)) throw this.undeclared(`produces to ${topic}`, 'TOPIC_NOT_DECLARED');
  }

  private undeclared(what: string, code: 'INPUT_NOT_DECLARED' | 'TOPIC_NOT_DECLARED'): Error {
    return failedPrecondition(`${this.streams.service} does not declare that it ${what}: add it to its streams.ts`, {
      code,
    });
  }
}

/** The same admin, with a check before each `read`. */
function withCheckedRead(admin: BusAdmin, check: (topic: string) => void): BusAdmin {
  const read: BusAdmin['read'] = async (target, fromOffset, maxBytes) => {
    check(target.topic);
    return admin.read(target, fromOffset, maxBytes);
  };
  return new Proxy(admin, {
    get: (target, name) => {
      if (name === 'read') return read;
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

function inputName(topic: string, group: string): string {
  return `${group}\n${topic}`;
}
