const MIB = 1024 * 1024;

/** Largest record that the broker accepts. A 5 MB message must arrive, so that ingestion can dead-letter it. */
export const MAX_MESSAGE_BYTES = 6 * MIB;

interface KafkaPlaces {
  readonly port: number;
  readonly controllerPort: number;
  readonly logDir: string;
}

/** server.properties of a single KRaft node on loopback, tuned for a small footprint. */
export function kafkaProperties({ port, controllerPort, logDir }: KafkaPlaces): string {
  return toProperties({
    'process.roles': 'broker,controller',
    'node.id': 1,
    // The ports may change between starts, which a voter list in the formatted storage would not allow.
    'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`,
    'controller.listener.names': 'CONTROLLER',
    listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${port}`,
    'log.dirs': logDir,
    'auto.create.topics.enable': false,
    'num.partitions': 12,
    // With producer timestamps, time-based retention would delete replayed old events within minutes.
    'log.message.timestamp.type': 'LogAppendTime',
    ...SIZES,
    ...SINGLE_NODE,
    ...FLUSHES,
    'group.initial.rebalance.delay.ms': 0,
    'num.network.threads': 2,
    'num.io.threads': 4,
  });
}

const SIZES = {
  'message.max.bytes': MAX_MESSAGE_BYTES,
  'replica.fetch.max.bytes': MAX_MESSAGE_BYTES,
  'log.segment.bytes': 128 * MIB,
  // Indexes are mapped at their full size; 2 MiB are sufficient for a segment of 1 GiB.
  'log.index.size.max.bytes': 2 * MIB,
  'log.retention.hours': 168,
  'log.cleaner.dedupe.buffer.size': 16 * MIB,
};

const SINGLE_NODE = {
  'default.replication.factor': 1,
  'min.insync.replicas': 1,
  'offsets.topic.replication.factor': 1,
  'offsets.topic.num.partitions': 8,
  'transaction.state.log.replication.factor': 1,
  'transaction.state.log.min.isr': 1,
  'transaction.state.log.num.partitions': 4,
  'share.coordinator.state.topic.replication.factor': 1,
  'share.coordinator.state.topic.min.isr': 1,
};

/**
 * There is no replica, so acknowledged records are written to disk within a second. The kernel alone would write
 * all logs half a minute later in one step, which would delay appends and every in-flight record by 100 ms.
 */
const FLUSHES = {
  'log.flush.interval.ms': 1_000,
  'log.flush.scheduler.interval.ms': 1_000,
};

/** A java.util.Properties file. Java reads it as ISO 8859-1, so backslashes and non-ASCII characters are escaped. */
function toProperties(settings: Readonly<Record<string, string | number | boolean>>): string {
  const lines = Object.entries(settings).map(([key, value]) => `${key}=${escaped(String(value))}`);
  return `${lines.join('\n')}\n`;
}

function escaped(text: string): string {
  return text
    .replaceAll('\\', '\\\\')
    .replace(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
