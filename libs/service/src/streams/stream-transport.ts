import { failedPrecondition } from '@fraudflow/core';
import {
  type AnySubscription,
  type BatchHandler,
  ConsumerRuntime,
  type ConsumerRuntimeOptions,
  type DeclaredInput,
  type Streams,
  subscribe,
  type SubscriptionOptions,
} from '@fraudflow/messaging';
import { type CustomTransportStrategy, Server, Transport } from '@nestjs/microservices';
import { settle } from '../settle.js';
import { patternOf } from './stream-handler.js';

/** A stage, or another reader that keeps its own positions. */
export interface StreamReader {
  start(): Promise<void> | void;
  stop(): Promise<void>;
}

/** Options of the runtime of one consumer group. */
export type GroupTuning = Partial<
  Omit<ConsumerRuntimeOptions, 'bus' | 'groupId' | 'health' | 'logger' | 'metrics' | 'producer' | 'subscriptions'>
>;

/** Options of a `StreamTransport` for a declaration. */
export interface StreamTransportOptions<Declared extends Streams> extends Pick<
  ConsumerRuntimeOptions,
  'bus' | 'health' | 'logger' | 'metrics' | 'producer'
> {
  readonly streams: Declared;
  /** The readers that the declaration names: exactly these. */
  readonly readers: { readonly [Name in keyof Declared['readers']]: StreamReader };
  /** Options by consumer group. */
  readonly groups?: Readonly<Record<string, GroupTuning>>;
  /** Decoder and event time of inputs whose records differ from the topic's JSON schema. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- each input has its own value type.
  readonly inputs?: { readonly [Name in keyof Declared['consume']]?: SubscriptionOptions<any> };
}

/**
 * Nest transport on our Kafka runtime. It starts what the service declares: a consumer runtime per group with the
 * controllers' `@StreamHandler` methods, and the readers. A declared input without a handler, a handler without its
 * declared input, and a reader that is not declared are errors at the start.
 * @throws AppError (through `listen`) `failed_precondition` INPUT_NOT_HANDLED, INPUT_NOT_DECLARED
 */
export class StreamTransport<Declared extends Streams = Streams> extends Server implements CustomTransportStrategy {
  override readonly transportId = Transport.KAFKA;
  override readonly propagatesEventHandlerErrors = true;
  private parts: readonly StreamReader[] = [];

  constructor(private readonly options: StreamTransportOptions<Declared>) {
    super();
  }

  /** Called by Nest. */
  listen(callback: (error?: unknown) => void): void {
    this.open().then(
      () => callback(),
      (error: unknown) => callback(error),
    );
  }

  /** Called by Nest. Batches in handlers end first. */
  async close(): Promise<void> {
    await Promise.all(this.parts.map((part) => part.stop()));
  }

  on(): never {
    throw new Error('StreamTransport has no events');
  }

  unwrap<T>(): T {
    return this.parts as T;
  }

  private async open(): Promise<void> {
    this.checkHandlers();
    this.parts = [...this.declaredReaders(), ...this.runtimes()];
    await Promise.all(this.parts.map(async (part) => part.start()));
  }

  private checkHandlers(): void {
    const declared = new Set(Object.values(this.options.streams.consume).map(patternOf));
    const unknown = [...this.messageHandlers.keys()].filter((pattern) => !declared.has(pattern));
    if (unknown.length > 0) throw undeclared(`handler of ${unknown.join(', ')}`);
  }

  private declaredReaders(): readonly StreamReader[] {
    const { streams, readers } = this.options;
    const given: Readonly<Record<string, StreamReader>> = readers;
    const unknown = Object.keys(given).filter((name) => !(name in streams.readers));
    if (unknown.length > 0) throw undeclared(`reader ${unknown.join(', ')}`);
    return Object.keys(streams.readers).map((name) => {
      const reader = given[name];
      if (!reader) throw missing(`reader ${name}`);
      return reader;
    });
  }

  private runtimes(): readonly ConsumerRuntime[] {
    const { bus, health, logger, metrics, producer, streams, groups = {} } = this.options;
    const byGroup = new Map<string, AnySubscription[]>();
    for (const [name, input] of Object.entries(streams.consume)) {
      byGroup.set(input.group, [...(byGroup.get(input.group) ?? []), this.subscriptionTo(name, input)]);
    }
    return [...byGroup].map(
      ([groupId, subscriptions]) =>
        new ConsumerRuntime({
          ...groups[groupId],
          bus,
          producer,
          logger,
          ...(metrics === undefined ? {} : { metrics }),
          ...(health === undefined ? {} : { health }),
          groupId,
          subscriptions,
        }),
    );
  }

  private subscriptionTo(name: string, input: DeclaredInput): AnySubscription {
    const handler = this.messageHandlers.get(patternOf(input));
    if (!handler) throw missing(`handler of ${patternOf(input)}`);
    const handle: BatchHandler = async (records, context) => {
      await settle(await handler(records, context));
    };
    return subscribe(input.topic, handle, this.options.inputs?.[name]);
  }
}

function undeclared(what: string): Error {
  return failedPrecondition(`${what} is not in the service's streams.ts`, { code: 'INPUT_NOT_DECLARED' });
}

function missing(what: string): Error {
  return failedPrecondition(`the service declares a stream without its ${what}`, { code: 'INPUT_NOT_HANDLED' });
}
