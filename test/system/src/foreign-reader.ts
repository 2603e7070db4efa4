import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { defaultLibDir } from '@fraudflow/local';

const MAX_OUTPUT_BYTES = 512 * 1024 * 1024;
/** The consumer ends after this time without a record. */
const IDLE_MS = 15_000;

/**
 * All values of a topic, read by the console consumer of Apache Kafka (read_committed, from the beginning). It shares
 * no code with FraudFlow, so a fault of FraudFlow's decoder cannot hide a record from the check.
 */
export async function readByConsoleConsumer(brokers: readonly string[], topic: string): Promise<readonly string[]> {
  const { stdout } = await promisify(execFile)(
    'java',
    [
      '-Xmx256m',
      '-cp',
      join(defaultLibDir(), '*'),
      'org.apache.kafka.tools.consumer.ConsoleConsumer',
      `--bootstrap-server=${brokers.join(',')}`,
      `--topic=${topic}`,
      '--from-beginning',
      '--isolation-level=read_committed',
      `--timeout-ms=${IDLE_MS}`,
    ],
    { maxBuffer: MAX_OUTPUT_BYTES, timeout: 120_000 },
  );
  return stdout.split('\n').filter((line) => line.startsWith('{'));
}
