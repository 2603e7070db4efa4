import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';
import { asError, unavailable } from '@fraudflow/core';
import { patchKafkajs } from '@fraudflow/messaging';
import { Kafka, logLevel } from 'kafkajs';
import { type LaunchCommand, type Part, READY_TIMEOUT_MS } from '../supervise/part.js';
import { writeFileAtomically } from '../system/atomic-file.js';
import { serverEnvironment } from '../system/child-environment.js';
import type { Layout } from '../system/layout.js';
import { NICENESS } from '../system/niceness.js';
import { ownerOnly } from '../system/owner-only.js';
import { yieldCompilerThreads } from './compiler-threads.js';
import { classPathOf, javaExecutable } from './java.js';
import { kafkaProperties } from './kafka-properties.js';

const LOG_CONFIG = `status=warn
appender.out.type=Console
appender.out.name=out
appender.out.layout.type=PatternLayout
appender.out.layout.pattern=%d{ISO8601} %-5p %c{1} %m%n
rootLogger.level=warn
rootLogger.appenderRef.out.ref=out
logger.start.name=kafka.server.KafkaRaftServer
logger.start.level=info
`;

/**
 * Under load, a young generation of this size is collected every one to two seconds instead of twice a second. All
 * requests wait for a collection, 7 ms or more.
 */
const YOUNG_GENERATION = '-Xmn112m';
const HEAP_OPTIONS = ['-Xms192m', '-Xmx512m', YOUNG_GENERATION, '-XX:+UseSerialGC', '-XX:+ExitOnOutOfMemoryError'];

interface KafkaOptions {
  readonly layout: Layout;
  readonly libDir: string;
  readonly port: number;
  readonly controllerPort: number;
}

/** A Kafka broker and controller in one process, from Maven's jars. Its data are kept in the data folder. */
export function kafkaPart({ layout, libDir, port, controllerPort }: KafkaOptions): Part {
  const address = `127.0.0.1:${port}`;
  return {
    name: 'kafka',
    kind: 'embedded',
    ports: { kafka: port, controller: controllerPort },
    address,
    stopSignal: 'SIGTERM',
    stopTimeoutMs: 15_000,
    readyTimeoutMs: READY_TIMEOUT_MS,
    isReady: () => answersAsBrokerAndCoordinator(address),
    afterReady: yieldCompilerThreads,
    prepare: async (): Promise<LaunchCommand> => {
      const properties = join(layout.run, 'kafka.properties');
      const logging = join(layout.run, 'kafka-log4j2.properties');
      writeFileAtomically(
        properties,
        kafkaProperties({ port, controllerPort, logDir: relative(layout.root, layout.kafka) }),
      );
      writeFileAtomically(logging, LOG_CONFIG);
      await formatOnce(layout, libDir);
      const config = `-Dlog4j2.configurationFile=${relative(layout.root, logging)}`;
      const args = [...HEAP_OPTIONS, config, '-cp', classPathOf(libDir)];
      const main = ['kafka.Kafka', relative(layout.root, properties)];
      return { file: javaExecutable(), args: [...args, ...main], niceness: NICENESS.stream, ...startedIn(layout) };
    },
  };
}

/**
 * Kafka splits `log.dirs` and log4j its configuration file at commas, so both are named relative to the working folder,
 * whose path may then contain any character. Java encodes file names in the charset of the locale; without UTF-8 it
 * cannot open a folder such as `josé`.
 */
function startedIn(layout: Layout): { readonly cwd: string; readonly env: Record<string, string> } {
  return { cwd: layout.root, env: { ...serverEnvironment(), LC_ALL: 'C.UTF-8' } };
}

/**
 * Formats a temporary folder and renames it, so that a folder left incomplete by a kill never counts as formatted.
 */
async function formatOnce(layout: Layout, libDir: string): Promise<void> {
  if (existsSync(join(layout.kafka, 'meta.properties'))) return;
  const making = `${layout.kafka}.making`;
  rmSync(making, { recursive: true, force: true });
  mkdirSync(making, { recursive: true, mode: 0o700 });
  rmSync(layout.kafka, { recursive: true, force: true });
  const properties = join(layout.run, 'kafka-format.properties');
  writeFileAtomically(
    properties,
    kafkaProperties({ port: 29_092, controllerPort: 29_093, logDir: relative(layout.root, making) }),
  );
  const clusterId = randomBytes(16).toString('base64url');
  const args = ['-XX:TieredStopAtLevel=1', '-cp', classPathOf(libDir), 'kafka.tools.StorageTool'];
  try {
    const target = ['format', `--cluster-id=${clusterId}`, '-c', relative(layout.root, properties)];
    const format = ownerOnly(javaExecutable(), [...args, ...target]);
    await promisify(execFile)(format.file, format.args, startedIn(layout));
  } catch (thrown) {
    const { message } = asError(thrown);
    throw unavailable(`Kafka's storage could not be formatted: ${message}`, { code: 'KAFKA_FORMAT', cause: thrown });
  }
  renameSync(making, layout.kafka);
}

/** Checks metadata and the group coordinator: a consumer gets errors until both respond. */
async function answersAsBrokerAndCoordinator(address: string): Promise<boolean> {
  // Without the patches a timer of 1 ms runs on each connection; Node 24 also warns of it.
  patchKafkajs();
  const kafka = new Kafka({
    brokers: [address],
    clientId: 'fraudflow-ready',
    connectionTimeout: 1_000,
    requestTimeout: 5_000,
    logLevel: logLevel.NOTHING,
    retry: { retries: 0 },
  });
  const admin = kafka.admin();
  try {
    await admin.connect();
    const { brokers } = await admin.describeCluster();
    await admin.fetchOffsets({ groupId: 'fraudflow-ready' });
    return brokers.length > 0;
  } catch {
    return false;
  } finally {
    await admin.disconnect().catch(() => undefined);
  }
}
