import { delay, timedOut } from '@fraudflow/core';
import type { TopicPartition } from '../../port/record.js';
import { asBusError, protocolErrorOf } from '../client/kafka-errors.js';
import { TRANSACTION_COORDINATOR, type KafkajsBroker, type ProducerIdentity } from '../client/kafkajs-internals.js';
import type { SharedCluster } from '../cluster/shared-cluster.js';

/** Limits only how long an abandoned fence transaction may stay open; completed ones end immediately. */
const TRANSACTION_TIMEOUT_MS = 30_000;
const PATIENCE_MS = 30_000;
const RETRY_MS = 50;

/** Allocates a new producer id for idempotent writing. */
export async function anonymousIdentity(cluster: SharedCluster): Promise<ProducerIdentity> {
  return patiently('getting a producer id', cluster, async () => {
    const broker = await (await cluster.ready([])).findControllerBroker();
    return broker.initProducerId({ transactionTimeout: TRANSACTION_TIMEOUT_MS });
  });
}

/**
 * Claims the producer id of a name with a newer epoch and fences the partition with it: an empty transaction is begun
 * on the partition and aborted, which writes a control record that is invisible to readers. Afterwards the partition's
 * leader rejects every write under an older epoch of the name, and every successful write of an older epoch is before
 * the log end. The records themselves are then written outside any transaction, at no extra cost.
 */
export async function fencingIdentity(
  cluster: SharedCluster,
  name: string,
  target: TopicPartition,
): Promise<ProducerIdentity> {
  const init = (broker: KafkajsBroker): Promise<ProducerIdentity> =>
    broker.initProducerId({ transactionalId: name, transactionTimeout: TRANSACTION_TIMEOUT_MS });
  await cluster.ready([target.topic]);
  await patiently(`fencing ${name}`, cluster, async () => {
    const broker = await coordinatorOf(cluster, name);
    const identity = await init(broker);
    const request = { transactionalId: name, ...pick(identity) };
    await broker.addPartitionsToTxn({ ...request, topics: [{ topic: target.topic, partitions: [target.partition] }] });
    await broker.endTxn({ ...request, transactionResult: false });
  });
  // Rejected as CONCURRENT_TRANSACTIONS until the marker is in the partition, so success proves that the fence is in
  // place.
  return patiently(`fencing ${name}`, cluster, async () => pick(await init(await coordinatorOf(cluster, name))));
}

/**
 * Begins and ends an empty transaction under the identity. The coordinator removes a transactional id that is unused
 * for `transactional.id.expiration.ms` (7 days by default). The next owner would then get another producer id, and the
 * fence would not hold.
 * @throws kafkajs errors; see `isFenceLost`
 */
export async function renewFence(
  cluster: SharedCluster,
  name: string,
  { topic, partition }: TopicPartition,
  identity: ProducerIdentity,
): Promise<void> {
  await cluster.ready([topic]);
  const broker = await coordinatorOf(cluster, name);
  const request = { transactionalId: name, ...identity };
  await broker.addPartitionsToTxn({ ...request, topics: [{ topic, partitions: [partition] }] });
  await broker.endTxn({ ...request, transactionResult: false });
}

const FENCE_LOST: ReadonlySet<string> = new Set([
  'INVALID_PRODUCER_EPOCH',
  'PRODUCER_FENCED',
  'INVALID_PRODUCER_ID_MAPPING',
  'TRANSACTION_COORDINATOR_FENCED',
]);

/** True if the coordinator no longer accepts the identity as the newest of its name. */
export function isFenceLost(thrown: unknown): boolean {
  return FENCE_LOST.has(protocolErrorOf(thrown) ?? '');
}

async function coordinatorOf(cluster: SharedCluster, name: string): Promise<KafkajsBroker> {
  return (await cluster.ready([])).findGroupCoordinator({ groupId: name, coordinatorType: TRANSACTION_COORDINATOR });
}

function pick({ producerId, producerEpoch }: ProducerIdentity): ProducerIdentity {
  return { producerId, producerEpoch };
}

/** Retries transient errors for a limited time, because coordinators load and move. */
async function patiently<T>(doing: string, cluster: SharedCluster, work: () => Promise<T>): Promise<T> {
  const giveUpAt = performance.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await work();
    } catch (thrown) {
      const error = asBusError(thrown, doing);
      if (!error.retryable) throw error;
      if (performance.now() > giveUpAt) throw timedOut(error.message, { code: 'KAFKA_UNAVAILABLE', cause: thrown });
      await delay(RETRY_MS);
      if (protocolErrorOf(thrown) !== 'CONCURRENT_TRANSACTIONS') await cluster.recover(thrown);
    }
  }
}
