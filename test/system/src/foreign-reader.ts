import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { defaultLibDir } from '@fraudflow/local';

const MAX_OUTPUT_BYTES = 512 * 1024 * 1024;
/** The consumer ends when no record has come for so long. */
const IDLE_MS = 15_000;

/**
 * All values of a topic as Apache Kafka's own console consumer reads them (read_committed, from the beginning): a reader that shares no code
 * with the product, so that a fault of our decoder cannot hide a record from the check as well.
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
