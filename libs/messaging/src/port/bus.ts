import type { OutgoingRecord, RawBatch, RawRecord, TopicPartition } from './record.js';

/** Port to the log. Implemented on kafkajs (`KafkaBus`) and in memory (`MemoryBus`); both pass `describeEventBus`. */
export interface EventBus {
  /** A writer for many topics. Close it when done. */
  producer(limits?: Partial<ProducerLimits>): RawProducer;
  /**
   * Claims exclusive write access to one partition under a name. Writers that claimed it earlier are rejected from now
   * on, and every record they wrote is before the log end read after this call.
   */
  fencedWriter(name: string, target: TopicPartition): Promise<FencedWriter>;
  /** Creates a member of a consumer group; it is inactive until started. */
  consumer(options: BusConsumerOptions, handlers: BusConsumerHandlers): BusConsumer;
  readonly admin: BusAdmin;
  /** Closes shared connections. Producers and consumers are closed by their owners first. */
  close(): Promise<void>;
}

/** Limits of the buffer and the requests of a producer. */
export interface ProducerLimits {
  /** Records waiting or in flight above which `write` waits. */
  readonly maxBufferedRecords: number;
  /** The same limit in bytes. */
  readonly maxBufferedBytes: number;
  /** Largest request, bytes over all partitions. */
  readonly maxRequestBytes: number;
  /**
   * Largest batch of one partition in a request, bytes; the broker rejects more than its `max.message.bytes`. A larger
   * single record is sent in a separate batch.
   */
  readonly maxPartitionBytes: number;
}

/** Writes records to any topic, in batches per partition. */
export interface RawProducer {
  /**
   * Appends records, per partition in the given order and after those of earlier calls; resolves when all are on all
   * in-sync replicas. Waits while the buffer is full.
   * @throws AppError `invalid_input` (RECORD_TOO_LARGE: nothing of this call's partition with the large record was
   * written), `not_found` (unknown topic or partition), `unavailable` (PRODUCE_OUTCOME_UNKNOWN: perhaps written; repeat
   * the call if the receiver drops duplicates)
   */
  write(records: readonly OutgoingRecord[]): Promise<void>;
  /** Resolves when every record accepted so far is acknowledged or has failed. */
  flush(): Promise<void>;
  /** Flushes, then refuses further writes. */
  close(): Promise<void>;
}

/** Writes to one partition as long as no other writer has claimed it. */
export interface FencedWriter {
  /**
   * Appends to its partition, in order, one call at a time.
   * @throws AppError `failed_precondition` with code FENCED if another writer has taken over; `unavailable` if the
   * outcome is unknown: then create a new writer and read the partition's end before continuing
   */
  write(records: readonly OutgoingRecord[]): Promise<void>;
}

/**
 * Number of partitions up to which a member fetches and handles each in full size; with more partitions they share that
 * amount.
 */
export const FULL_SIZE_PARTITIONS = 4;

/** Group, topics and fetch limits of a consumer. */
export interface BusConsumerOptions {
  readonly groupId: string;
  readonly topics: readonly string[];
  /**
   * Longest wait of a fetch for a first byte, ms. Records are delivered as soon as they arrive; this limits the delay
   * of stop, resume and seek.
   */
  readonly maxWaitMs?: number;
  /**
   * Minimum time from one fetch that reached the end of the log to the next, so that the next fetch returns more
   * records, ms. After a fetch with very few records it is at least 6. Default 4; 0 disables it.
   */
  readonly lingerMs?: number;
  readonly maxBytesPerPartition?: number;
  /**
   * Bytes that a fetch requests over all partitions of this member, in equal shares of at least 16 KiB. Default: four
   * times `maxBytesPerPartition`.
   */
  readonly maxBytes?: number;
  /** Time without a heartbeat after which the group reassigns this member's partitions, ms. */
  readonly sessionTimeoutMs?: number;
  /** Time that members have to drain and rejoin, ms. */
  readonly rebalanceTimeoutMs?: number;
  /** Interval of metadata refreshes for new leaders and partitions, ms; errors refresh it earlier. Default 60 000. */
  readonly metadataMaxAgeMs?: number;
  /** Where to start without a stored offset. */
  readonly startFrom?: 'earliest' | 'latest';
}

/** Callbacks of a consumer, each about one of its partitions. */
export interface BusConsumerHandlers {
  /**
   * A partition was assigned (again after each rebalance, even if it stayed). Returns the offset to read from, or
   * undefined for the group's committed one. No batch is delivered before it resolves. If it throws, it is retried with
   * backoff.
   */
  assigned?(target: TopicPartition, signal: AbortSignal): Promise<number | undefined>;
  /** The partition was revoked, or the consumer stopped. No batch of it is running. */
  revoked?(target: TopicPartition): void;
  /**
   * The log deleted the records from offset `from` up to, but excluding, `to` before they were read. Reading continues
   * at `to`.
   */
  lost?(target: TopicPartition, from: number, to: number): void;
  /** No visible record is left up to the end of the log: only control records or records of aborted transactions. */
  atEnd?(target: TopicPartition, position: number): void;
  /**
   * Handles a batch; partitions run concurrently, one batch each. If it throws, the position stays the same and the
   * batch is retried after a pause; the consumer continues.
   */
  batch(batch: RawBatch, control: BatchControl): Promise<BatchOutcome>;
}

/** Position of a partition after a batch. */
export interface BatchOutcome {
  /** Next offset to read; any value other than the batch's `nextOffset` is a seek. */
  readonly nextOffset: number;
  /** Pauses the partition for this time, ms. */
  readonly pauseMs?: number;
}

/** What a handler may do while it handles a batch. */
export interface BatchControl {
  /** Sends a heartbeat to the group. Call it in waits longer than a second; it never throws. */
  heartbeat(): Promise<void>;
  /**
   * Aborted when the group rebalances or the consumer stops: finish or drop the batch, and do not wait for recovery.
   */
  readonly signal: AbortSignal;
  /**
   * Commits the group's offset of this partition, about every 100 ms and before the partition is released. After a
   * crash, records since the last commit are read again.
   * @throws AppError `failed_precondition` (FENCED) if the partition has been lost, `unavailable` if the
   * coordinator cannot be reached
   */
  commit(nextOffset: number): Promise<void>;
}

/** Member of a consumer group. */
export interface BusConsumer {
  /**
   * Joins the group and consumes until stopped; continues after lost brokers. Resolves when the first attempt to join
   * has ended.
   */
  start(): Promise<void>;
  /**
   * Aborts the signals of running batches, waits for them, and leaves the group. Takes at most `timeoutMs`, default 20
   * s.
   */
  stop(timeoutMs?: number): Promise<void>;
  /**
   * Handles an assigned partition like a new assignment, unless a batch of it is running: calls `assigned` for the
   * offset to continue at.
   */
  reassign(target: TopicPartition): void;
  /** The partitions that are assigned now. */
  assignment(): readonly TopicPartition[];
}

/** Settings with which a topic is created. */
export interface TopicSpec {
  readonly name: string;
  readonly partitions: number;
  readonly retentionMs: number;
  readonly cleanup: 'delete' | 'compact';
  readonly maxMessageBytes: number;
  /** Replicas of each partition. Default: the broker's default. */
  readonly replicationFactor?: number | undefined;
}

/** Offsets of a partition that can be read: [start, end). */
export interface OffsetRange {
  /** First offset still in the log. */
  readonly start: number;
  /** Offset of the next record. */
  readonly end: number;
}

/** Creates, changes and reads topics without a consumer group. */
export interface BusAdmin {
  /**
   * Creates topics that do not exist; returns the names it created. Existing topics are not changed.
   * @throws AppError `failed_precondition` (REPLICATION_FACTOR_TOO_LARGE) if there are fewer brokers than replicas
   */
  createTopics(topics: readonly TopicSpec[]): Promise<readonly string[]>;
  /** Partition count, or undefined if the topic does not exist. */
  partitionCount(topic: string): Promise<number | undefined>;
  /** Raises the partition count of an existing topic to `partitions`; a lower count is rejected. */
  addPartitions(topic: string, partitions: number): Promise<void>;
  /** Deletes a topic with its records and the groups' offsets in it. */
  deleteTopic(topic: string): Promise<void>;
  /** Deletes the partition's records before an offset. */
  deleteRecords(target: TopicPartition, before: number): Promise<void>;
  /** The topic's settings on the broker (`max.message.bytes` …), or undefined without permission to read them. */
  settings(topic: string): Promise<Readonly<Record<string, string>> | undefined>;
  /**
   * Identifies the current incarnation of the topic: it changes when the topic is deleted and created again. Undefined
   * on brokers without topic ids.
   */
  incarnation(topic: string): Promise<string | undefined>;
  /** Logs a warning about a topic's settings. */
  warn(details: { readonly event: string; readonly topic: string }, text: string): void;
  /** Offset ranges by partition number. @throws AppError `unavailable` while one of the partitions has no leader */
  offsets(topic: string): Promise<readonly OffsetRange[]>;
  /** Offset ranges by `partitionName`, in one attempt: partitions that cannot be queried now are omitted. */
  offsetRanges(targets: readonly TopicPartition[]): Promise<ReadonlyMap<string, OffsetRange>>;
  /**
   * Offset range of one partition, independent of the state of others.
   * @throws AppError `unavailable` while it has no leader
   */
  offsetRange(target: TopicPartition): Promise<OffsetRange>;
  /**
   * A group's committed offsets by partition number; undefined where it never committed to the current incarnation of
   * the topic.
   */
  committed(groupId: string, topic: string): Promise<readonly (number | undefined)[]>;
  /**
   * Reads records at or after an offset without joining a group; empty at the end of the log. `nextOffset` skips
   * control records, which are invisible to readers.
   */
  read(
    target: TopicPartition,
    fromOffset: number,
    maxBytes?: number,
  ): Promise<{ records: readonly RawRecord[]; nextOffset: number }>;
}
