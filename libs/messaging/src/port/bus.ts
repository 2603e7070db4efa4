import type { OutgoingRecord, RawBatch, RawRecord, TopicPartition } from './record.js';

/** The one small port to the log. Implemented on kafkajs (`KafkaBus`) and in memory (`MemoryBus`); both pass `describeEventBus`. */
export interface EventBus {
  /** A writer for many topics. Close it when done. */
  producer(limits?: Partial<ProducerLimits>): RawProducer;
  /**
   * Takes sole possession of writing to one partition under a name: whoever held it before is refused from now on,
   * and everything it managed to write lies before the log end read after this call.
   */
  fencedWriter(name: string, target: TopicPartition): Promise<FencedWriter>;
  /** A member of a consumer group; it does nothing until started. */
  consumer(options: BusConsumerOptions, handlers: BusConsumerHandlers): BusConsumer;
  readonly admin: BusAdmin;
  /** Closes shared connections. Producers and consumers are closed by their owners first. */
  close(): Promise<void>;
}

export interface ProducerLimits {
  /** Records waiting or in flight before `write` waits for room. */
  readonly maxBufferedRecords: number;
  /** Bytes likewise. */
  readonly maxBufferedBytes: number;
  /** Largest request, bytes over all partitions. */
  readonly maxRequestBytes: number;
  /** Largest batch of one partition in a request; the broker refuses more than its `max.message.bytes`. A larger single record goes alone. */
  readonly maxPartitionBytes: number;
}

export interface RawProducer {
  /**
   * Appends records, per partition in the order given and after those of earlier calls; resolves when all are on all
   * in-sync replicas. Waits while the buffer is full.
   * @throws AppError `invalid_input` (RECORD_TOO_LARGE: nothing of this call's offending partition was written),
   * `not_found` (unknown topic or partition), `unavailable` (PRODUCE_OUTCOME_UNKNOWN: perhaps written; repeat it if the receiver drops repeats).
   */
  write(records: readonly OutgoingRecord[]): Promise<void>;
  /** Resolves when everything accepted so far is acknowledged or has failed. */
  flush(): Promise<void>;
  /** Flushes, then refuses further writes. */
  close(): Promise<void>;
}

export interface FencedWriter {
  /**
   * Appends to its one partition, in order, one call at a time.
   * @throws AppError `failed_precondition` with code FENCED if another writer has taken over; `unavailable` if the outcome is
   * unknown: then take a new writer and read the partition's end before going on.
   */
  write(records: readonly OutgoingRecord[]): Promise<void>;
}

/** Partitions of a member of which each is fetched and handled in full size; more share what these take. */
export const FULL_SIZE_PARTITIONS = 4;

export interface BusConsumerOptions {
  readonly groupId: string;
  readonly topics: readonly string[];
  /** Longest wait of a fetch for a first byte, ms. Data is handed over as soon as it is there; this bounds stop, resume and seek. */
  readonly maxWaitMs?: number;
  /** Least time from one fetch that reached the end of the log to the next, so that it brings more at once, ms; after one that brought hardly anything at least 6. Default 4; 0 for none. */
  readonly lingerMs?: number;
  readonly maxBytesPerPartition?: number;
  /** Bytes that a fetch asks for over all partitions of this member, in equal shares of at least 16 KiB. Default: four times `maxBytesPerPartition`. */
  readonly maxBytes?: number;
  /** Silence after which the group gives this member's partitions to others, ms. */
  readonly sessionTimeoutMs?: number;
  /** Time members get to drain and rejoin, ms. */
  readonly rebalanceTimeoutMs?: number;
  /** How often topics are looked at for new leaders and partitions when nothing goes wrong, ms. Default 60 000. */
  readonly metadataMaxAgeMs?: number;
  /** Where to start without any stored offset. */
  readonly startFrom?: 'earliest' | 'latest';
}

export interface BusConsumerHandlers {
  /**
   * A partition was assigned (again after each rebalance, even if it stayed). Returns the offset to read from, or
   * undefined for the group's committed one. No batch comes before it resolves. Throws: it is tried again with backoff.
   */
  assigned?(target: TopicPartition, signal: AbortSignal): Promise<number | undefined>;
  /** The partition went to someone else, or the consumer stopped. No batch of it is running. */
  revoked?(target: TopicPartition): void;
  /** The log had deleted the records at `from` and up to before `to` when they were to be read. Reading goes on at `to`. */
  lost?(target: TopicPartition, from: number, to: number): void;
  /** Up to the end of the log there is no record for readers: only control records, or those of aborted transactions. */
  atEnd?(target: TopicPartition): void;
  /**
   * Handles a batch; partitions run concurrently, one batch each. A throw leaves the position where it was and tries again after a
   * pause: it never ends the consumer.
   */
  batch(batch: RawBatch, control: BatchControl): Promise<BatchOutcome>;
}

export interface BatchOutcome {
  /** Where to read on; anything else than the batch's `nextOffset` is a seek. */
  readonly nextOffset: number;
  /** Leave the partition alone for so long, ms. */
  readonly pauseMs?: number;
}

export interface BatchControl {
  /** Tells the group we are alive. Call it in waits longer than a second; it never throws. */
  heartbeat(): Promise<void>;
  /** Aborted when the group rebalances or the consumer stops: finish or drop the batch, do not wait for better times. */
  readonly signal: AbortSignal;
  /**
   * Commits the group's offset of this partition, about every 100 ms and before the partition is given up. A crash before that lets the records
   * be read again.
   * @throws AppError `failed_precondition` (FENCED) if the partition was lost meanwhile, `unavailable` if the coordinator cannot be reached.
   */
  commit(nextOffset: number): Promise<void>;
}

export interface BusConsumer {
  /** Joins the group and consumes until stopped; survives the loss of brokers. Resolves when the first attempt to join has ended. */
  start(): Promise<void>;
  /** Lets running batches end (their signals are aborted), leaves the group. Bounded by `timeoutMs`, default 20 s. */
  stop(timeoutMs?: number): Promise<void>;
  /** Treats a held partition as if it had just been assigned, unless a batch of it is running: asks `assigned` where to read on. */
  reassign(target: TopicPartition): void;
  /** Partitions held now. */
  assignment(): readonly TopicPartition[];
}

export interface TopicSpec {
  readonly name: string;
  readonly partitions: number;
  readonly retentionMs: number;
  readonly cleanup: 'delete' | 'compact';
  readonly maxMessageBytes: number;
  /** Replicas of each partition. Default: what the broker is set to. */
  readonly replicationFactor?: number | undefined;
}

export interface OffsetRange {
  /** First offset still in the log. */
  readonly start: number;
  /** Offset the next record will get. */
  readonly end: number;
}

export interface BusAdmin {
  /**
   * Creates topics that do not exist; returns the names it created. Existing ones are left as they are.
   * @throws AppError `failed_precondition` (REPLICATION_FACTOR_TOO_LARGE) if there are fewer brokers than replicas
   */
  createTopics(topics: readonly TopicSpec[]): Promise<readonly string[]>;
  /** Partition count, or undefined if the topic does not exist. */
  partitionCount(topic: string): Promise<number | undefined>;
  /** Partitions of an existing topic become so many; fewer are refused. */
  addPartitions(topic: string, partitions: number): Promise<void>;
  /** Deletes a topic with its records and the groups' offsets in it. */
  deleteTopic(topic: string): Promise<void>;
  /** Deletes the partition's records before an offset. */
  deleteRecords(target: TopicPartition, before: number): Promise<void>;
  /** The topic's settings as the broker has them (`max.message.bytes` …), or undefined if it may not be asked. */
  settings(topic: string): Promise<Readonly<Record<string, string>> | undefined>;
  /** Names the topic as it is now: another text once it is deleted and created again. Undefined where the broker has no topic ids. */
  incarnation(topic: string): Promise<string | undefined>;
  /** Tells the operator about a topic's settings. */
  warn(details: { readonly event: string; readonly topic: string }, text: string): void;
  /** Per partition number. @throws AppError `unavailable` while one of them has no leader */
  offsets(topic: string): Promise<readonly OffsetRange[]>;
  /** Of the partitions given, by `partitionName`, in one attempt: those that cannot be asked now are left out. */
  offsetRanges(targets: readonly TopicPartition[]): Promise<ReadonlyMap<string, OffsetRange>>;
  /** Of one partition, whatever is wrong with others. @throws AppError `unavailable` while it has no leader */
  offsetRange(target: TopicPartition): Promise<OffsetRange>;
  /** A group's committed offsets per partition number; undefined where it never committed to the topic as it is now. */
  committed(groupId: string, topic: string): Promise<readonly (number | undefined)[]>;
  /**
   * Reads records at or after an offset without joining a group; empty at the end of the log. `nextOffset` moves past
   * records readers do not see (control records).
   */
  read(
    target: TopicPartition,
    fromOffset: number,
    maxBytes?: number,
  ): Promise<{ records: readonly RawRecord[]; nextOffset: number }>;
}
