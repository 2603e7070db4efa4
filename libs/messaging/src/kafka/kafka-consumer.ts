import { asError, delay } from '@fraudflow/core';
import type { BusConsumer, BusConsumerHandlers, BusConsumerOptions, OffsetRange } from '../port/bus.js';
import { partitionName, type TopicPartition } from '../port/record.js';
import { FetchLoop } from './fetch/fetch-loop.js';
import { bytesPerPartition } from './fetch/fetch-share.js';
import { GroupMembership } from './group/group-membership.js';
import { GroupSession } from './group/group-session.js';
import { isRebalance, isStarting, protocolErrorOf } from './client/kafka-errors.js';
import { createCluster, type KafkajsCluster } from './client/kafkajs-internals.js';
import { kafkajsConfig, type KafkaBusOptions } from './cluster/kafka-options.js';
import { topicIncarnations } from './cluster/topic-identities.js';

const DEFAULTS = {
  maxWaitMs: 100,
  lingerMs: 4,
  maxBytesPerPartition: 1024 * 1024,
  sessionTimeoutMs: 6_000,
  rebalanceTimeoutMs: 30_000,
  metadataMaxAgeMs: 60_000,
  startFrom: 'earliest',
} as const satisfies Partial<BusConsumerOptions>;
/** High enough that the total limit never takes effect: a fetch returns records of every partition that has any. */
const MAX_FETCH_BYTES = 256 * 1024 * 1024;
const METADATA_MAX_AGE_MS = 300_000;
const FIRST_RESTART_MS = 200;
const LAST_RESTART_MS = 5_000;
const REJOIN_MS = 100;
const FENCED_WAIT_MS = 5_000;
const STOP_TIMEOUT_MS = 20_000;

export interface KafkaConsumerContext {
  readonly bus: KafkaBusOptions;
  /** First and next offset of a partition. */
  offsetRange(this: void, target: TopicPartition): Promise<OffsetRange>;
}

/**
 * A member of a consumer group. It drains before it joins a rebalance, and it restarts with backoff after any failure.
 * Membership, fetching and handling are implemented here on kafkajs's connections: kafkajs's consumer decodes every
 * field of every record, sends heartbeats only between batches, and cannot be a static member.
 */
export class KafkaConsumer implements BusConsumer {
  private readonly settings;
  private incarnations: ReadonlyMap<string, string> = new Map();
  private session: GroupSession | undefined;
  private held: readonly TopicPartition[] = [];
  private stopping = new AbortController();
  private supervising: Promise<void> | undefined;

  constructor(
    private readonly context: KafkaConsumerContext,
    options: BusConsumerOptions,
    private readonly handlers: BusConsumerHandlers,
  ) {
    this.settings = { ...DEFAULTS, ...options };
  }

  async start(): Promise<void> {
    this.stopping = new AbortController();
    await new Promise<void>((resolve) => {
      this.supervising = this.supervise(resolve);
    });
  }

  async stop(timeoutMs = STOP_TIMEOUT_MS): Promise<void> {
    this.stopping.abort();
    this.session?.end();
    const timer = new AbortController();
    await Promise.race([this.supervising, delay(timeoutMs, timer.signal)]);
    timer.abort();
    this.hold([]);
  }

  assignment(): readonly TopicPartition[] {
    return this.held;
  }

  reassign(target: TopicPartition): void {
    this.session?.reassign(target);
  }

  /** Connects, joins and consumes until stopped, and restarts after failures. */
  private async supervise(firstAttemptEnded: () => void): Promise<void> {
    let restartMs = FIRST_RESTART_MS;
    while (!this.stopping.signal.aborted) {
      const startedAt = performance.now();
      try {
        await this.runOnce(firstAttemptEnded);
      } catch (thrown) {
        this.reportRestart(thrown);
      }
      firstAttemptEnded();
      if (performance.now() - startedAt > LAST_RESTART_MS) restartMs = FIRST_RESTART_MS;
      await delay(restartMs, this.stopping.signal);
      restartMs = Math.min(restartMs * 2, LAST_RESTART_MS);
    }
  }

  /** Resolves when stopped; throws when the connection or the group is lost. */
  private async runOnce(joined: () => void): Promise<void> {
    const cluster = createCluster(kafkajsConfig(this.context.bus), METADATA_MAX_AGE_MS);
    const { groupId, topics, sessionTimeoutMs, rebalanceTimeoutMs } = this.settings;
    const instanceId = this.context.bus.instanceId === '' ? undefined : this.context.bus.instanceId;
    const membership = new GroupMembership(cluster, {
      groupId,
      topics,
      sessionTimeoutMs,
      rebalanceTimeoutMs,
      instanceId,
      incarnationOf: this.incarnationOf,
    });
    try {
      await cluster.connect();
      await cluster.addMultipleTargetTopics(topics);
      await cluster.refreshMetadata();
      while (!this.stopping.signal.aborted) {
        this.incarnations = await topicIncarnations(cluster, topics);
        const assigned = await this.join(membership);
        if (!assigned) continue;
        joined();
        await this.runGeneration(cluster, membership, assigned);
      }
    } finally {
      await membership.leave();
      await cluster.disconnect().catch(this.reportStop);
    }
  }

  /** Undefined: the group is rebalancing; join again. */
  private async join(membership: GroupMembership): Promise<readonly TopicPartition[] | undefined> {
    try {
      return await membership.join();
    } catch (thrown) {
      if (protocolErrorOf(thrown) === 'FENCED_INSTANCE_ID') return this.waitFenced();
      const isNew = asError(thrown).name === 'KafkaJSMemberIdRequired';
      if (!isNew && !isRebalance(thrown) && !isStarting(thrown)) throw thrown;
      if (!isNew) await delay(REJOIN_MS, this.stopping.signal);
      return undefined;
    }
  }

  private async waitFenced(): Promise<undefined> {
    const { logger, instanceId } = this.context.bus;
    const text = 'another process joined with the same FRAUDFLOW_KAFKA_INSTANCE_ID: give each worker a different name';
    logger.error({ event: 'instance_id_fenced', groupId: this.settings.groupId, instanceId }, text);
    await delay(FENCED_WAIT_MS, this.stopping.signal);
  }

  /**
   * Runs one generation: until the group rebalances, the consumer stops, or the connection is lost. On return no
   * handler runs.
   */
  private async runGeneration(
    cluster: KafkajsCluster,
    membership: GroupMembership,
    assigned: readonly TopicPartition[],
  ): Promise<void> {
    const { logger } = this.context.bus;
    const { sessionTimeoutMs, maxWaitMs, lingerMs, metadataMaxAgeMs } = this.settings;
    const session = new GroupSession(assigned, {
      membership,
      handlers: this.handlers,
      logger,
      sessionTimeoutMs,
      heartbeatEveryMs: Math.min(3_000, Math.floor(sessionTimeoutMs / 4)),
      defaultStart: (target) => this.defaultStart(target),
      offsetRange: this.context.offsetRange,
      topicsChanged: () => this.topicsChanged(cluster, membership),
    });
    this.session = session;
    this.hold(assigned);
    if (this.stopping.signal.aborted) session.end();
    else session.begin();
    const limits = { maxWaitMs, minBytes: 1, maxBytes: MAX_FETCH_BYTES };
    await new FetchLoop({
      cluster,
      session,
      logger,
      limits,
      maxBytesPerPartition: bytesPerPartition(this.settings, assigned.length),
      lingerMs,
      metadataMaxAgeMs,
      incarnationOf: this.incarnationOf,
      topicsChanged: () => this.topicsChanged(cluster, membership),
    }).run();
    await session.drained();
    if (session.failure !== undefined) throw asError(session.failure);
  }

  private readonly incarnationOf = (topic: string): string | undefined => this.incarnations.get(topic);

  /** Recreated topics are read from the group's default start; added partitions have to be assigned. */
  private async topicsChanged(cluster: KafkajsCluster, membership: GroupMembership): Promise<boolean> {
    const { logger } = this.context.bus;
    const { groupId, topics } = this.settings;
    const now = await topicIncarnations(cluster, topics);
    const recreated = topics.find((topic) => now.has(topic) && now.get(topic) !== this.incarnations.get(topic));
    if (recreated !== undefined) {
      const text = 'the topic was deleted and created again: it is read as a new topic';
      logger.error({ event: 'topic_created_anew', topic: recreated, groupId }, text);
      return true;
    }
    if (!membership.hasNewPartitions()) return false;
    logger.info(
      { event: 'partitions_added', groupId },
      'topics have more partitions: the group rebalances to assign them',
    );
    return true;
  }

  private hold(next: readonly TopicPartition[]): void {
    const kept = new Set(next.map(partitionName));
    const lost = this.held.filter((target) => !kept.has(partitionName(target)));
    this.held = next;
    for (const target of lost) this.handlers.revoked?.(target);
  }

  private async defaultStart(target: TopicPartition): Promise<number> {
    const { start, end } = await this.context.offsetRange(target);
    return this.settings.startFrom === 'latest' ? end : start;
  }

  /** A coordinator that is loading or moving is routine (debug); other causes are logged as warnings. */
  private reportRestart(thrown: unknown): void {
    const line = { event: 'consumer_restarting', groupId: this.settings.groupId, error: asError(thrown).message };
    if (isStarting(thrown)) this.context.bus.logger.debug(line);
    else this.context.bus.logger.warn(line);
  }

  private readonly reportStop = (thrown: unknown): void => {
    this.context.bus.logger.warn({
      event: 'consumer_stop_failed',
      groupId: this.settings.groupId,
      error: asError(thrown).message,
    });
  };
}
