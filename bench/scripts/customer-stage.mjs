// The customer stage alone: catches transactions.validated up in one process, over real Kafka and Redis, as the service
// binds it. `fraudflow bench customer-stage` fills the log, starts this as a separate process and sends it one
// message: { brokers, redisUrl, groupId, partitions }; it sends one message with the figures back. Redis is emptied
// first.
import { loadConfig, Secret } from '@fraudflow/config';
import { featuresByTerminalTopic, transactionsValidatedTopic } from '@fraudflow/contracts';
import { DAY_MS } from '@fraudflow/core';
import { StreamedFeatures } from '@fraudflow/features';
import { createRepartitioningStage, EventProducer, KafkaBus } from '@fraudflow/messaging';
import { createLogger, Registry } from '@fraudflow/observability';
import { connectRedis, RedisStageStore } from '@fraudflow/redis';
import { featureStoreConfigSchema } from '../../services/feature-store/dist/config.js';
import { customerStage } from '../../services/feature-store/dist/stream/customer-stage.js';
import { MAX_BYTES_PER_PARTITION } from '../../services/feature-store/dist/stream/records/fetch-size.js';
import { StreamVector } from '../../services/feature-store/dist/stream/stream-vector.js';

const POLL_INTERVAL_MS = 20;

process.once('message', (job) => {
  measure(job).then(
    (figures) => process.send(figures, () => process.exit(0)),
    (error) => {
      process.stderr.write(`${error.stack}\n`);
      process.exit(1);
    },
  );
});

async function measure({ brokers, redisUrl, groupId, partitions }) {
  const logger = createLogger('customer-stage', 'warn');
  const metrics = new Registry();
  const { stages, featureService } = loadConfig(featureStoreConfigSchema, {});
  const vector = new StreamVector(new StreamedFeatures(featureService));
  const bus = new KafkaBus({ brokers, clientId: 'customer-stage', logger });
  const producer = new EventProducer(bus);
  const redis = await connectRedis({ url: new Secret(redisUrl), logger });
  await empty(redis);
  const total = await appended(bus, transactionsValidatedTopic);
  const outputsBefore = await appended(bus, featuresByTerminalTopic);
  const counted = { duplicate: 0 };
  const counts = {
    events: (_, outcome, count) => (counted[outcome] = (counted[outcome] ?? 0) + count),
    evicted: () => undefined,
    expired: () => undefined,
  };
  const limits = { entities: stages.cachedEntities, bytes: stages.cachedBytes };
  const definition = { ...customerStage(vector, limits, counts), groupId };
  const tuning = {
    maxBatchRecords: stages.maxBatchRecords,
    maxBytesPerPartition: MAX_BYTES_PER_PARTITION,
    merge: { maxSkewMs: DAY_MS },
  };
  const parts = { bus, producer, logger, metrics, tuning };
  const stage = createRepartitioningStage(definition, new RedisStageStore(redis), parts);

  const cpuBefore = process.cpuUsage();
  const startedAt = performance.now();
  let firstAt;
  let firstDone = 0;
  await stage.start();
  for (let done = 0; done < total;) {
    await new Promise((resolve) => setTimeout(resolve, POLL_INTERVAL_MS));
    done = await committed(redis, partitions);
    if (firstAt !== undefined || done === 0) continue;
    firstAt = performance.now();
    firstDone = done;
  }
  const endedAt = performance.now();
  const { user, system } = process.cpuUsage(cpuBefore);
  const residentBytes = process.memoryUsage().rss;
  const outputs = (await appended(bus, featuresByTerminalTopic)) - outputsBefore;
  await stage.stop();
  await producer.close();
  redis.disconnect();
  await bus.close();
  return {
    total,
    outputs,
    duplicates: counted.duplicate,
    seconds: (endedAt - startedAt) / 1e3,
    // Without joining the group: from the first commit seen to the last.
    perSecond: ((total - firstDone) * 1e3) / (endedAt - firstAt),
    cpuUs: (user + system) / total,
    residentBytes,
  };
}

/** FLUSHALL is outside the rights of the services' account. */
async function empty(redis) {
  for await (const keys of redis.scanStream({ count: 10_000 })) if (keys.length > 0) await redis.unlink(...keys);
}

async function appended(bus, topic) {
  const ranges = await bus.admin.offsets(topic.name);
  return ranges.reduce((sum, { end }) => sum + end, 0);
}

/** Records whose effects are durable: the next offsets that are stored with the states. */
async function committed(redis, partitions) {
  const keys = Array.from({ length: partitions }, (_, partition) => `ff:{customer:${partition}}:meta`);
  const offsets = await Promise.all(keys.map((key) => redis.hget(key, 'next')));
  return offsets.reduce((sum, offset) => sum + Number(offset ?? 0), 0);
}
