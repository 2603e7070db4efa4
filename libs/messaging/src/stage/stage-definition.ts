import type { TopicDefinition } from '@fraudflow/contracts';
import type { BatchContext } from '../consumer/batch-handler.js';
import type { DecodedRecord } from '../consumer/decoded-record.js';
import type { SubscriptionOptions } from '../consumer/subscription.js';
import type { FlatHeaders } from '../port/record.js';
import type { StageKeys } from './stage-store.port.js';
import type { EventRecord } from '../producer/event-encoder.js';

const NO_HEADERS: FlatHeaders = [];

/** One record a stage sends on, made from one input record. */
export interface StageOutput extends EventRecord<unknown> {
  readonly topic: TopicDefinition;
  readonly from: DecodedRecord;
}

/** Says that an input record leads to a value on a topic. Key, event id, event time and trace default to topic and input. */
export function output<Value>(
  topic: TopicDefinition<Value>,
  value: Value,
  from: DecodedRecord,
  overrides: Omit<EventRecord<Value>, 'value'> = {},
): StageOutput {
  return { ...overrides, topic: topic as unknown as TopicDefinition, value, from };
}

/**
 * As `output` for a stage that writes the value's JSON itself, the cheaper way where a stage makes very many of them.
 * @param encoded the record's key and value; the bytes must stay as they are until the effects are durable
 */
export function encodedOutput(
  topic: Pick<TopicDefinition, 'name' | 'version'>,
  { key, json, headers = NO_HEADERS }: { readonly key: string; readonly json: Buffer; readonly headers?: FlatHeaders },
  from: DecodedRecord,
): StageOutput {
  return { topic: topic as TopicDefinition, value: undefined, key, json, headers, from };
}

/** What a batch leads to. */
export interface StageEffects {
  readonly outputs: readonly StageOutput[];
  /** New packed states; null deletes. Left out if nothing changed. */
  readonly writes?: ReadonlyMap<string, Uint8Array | null>;
  /**
   * Only if the context allows it: these effects are not made durable. What changed comes among the writes of the next effects that are not
   * deferred, those of a call without records if need be; until then the processor lets go of none of it.
   */
  readonly isDeferred?: true;
}

export interface StageContext extends BatchContext {
  /** Lost state is being computed again, and the outputs of these records are in the log: they need not be made, and the effects may be deferred. */
  readonly mayDefer: boolean;
  /** Committed packed states, in the order of keys. */
  read(keys: readonly string[]): Promise<readonly (Uint8Array | undefined)[]>;
  /** Keys of committed states, a page a call: see `StageStore.scan`. */
  scan(cursor: string | undefined): Promise<StageKeys>;
}

/**
 * The work on one partition while it is owned. Caches live in here: the object is dropped whenever they might be wrong (partition
 * lost, fenced, or `process` threw) and a new one is opened.
 */
export interface StageProcessor<Input> {
  /**
   * Must give the same effects for the same records and committed states, whatever the clock says: that is what makes a
   * crash invisible. Errors as for BatchHandler. Called again only after its effects are durable.
   */
  process(records: readonly DecodedRecord<Input>[], context: StageContext): Promise<StageEffects>;
}

export interface StageDefinition<Input> {
  /** Names the state, the fences and, unless given, the consumer group. Never change it under a running system. */
  readonly name: string;
  /** Its values are inputs as the schema says, or as the subscription's `decode` makes them. */
  readonly input: Pick<TopicDefinition, 'name' | 'cleanup' | 'schema'>;
  readonly groupId?: string;
  /**
   * What the stored states depend on besides the records: a version of their form, say. States of another layout are not read: the partition is
   * rebuilt from the log.
   */
  readonly layout?: string;
  /**
   * How far behind the newest records' event time a record may lie and still count in some state, ms. Lost state is then rebuilt from records
   * appended since; without it from the start of the log. Needs the subscription's `eventTimeMs`.
   */
  readonly stateReachMs?: number;
  /** Opens the work on one partition. Cheap; called again after faults. */
  open(partition: number): StageProcessor<Input>;
  /** The partition belongs to another worker now. */
  closed?(partition: number): void;
  readonly subscription?: SubscriptionOptions<Input>;
}
