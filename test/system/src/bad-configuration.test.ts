import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { processEnvironment } from '@fraudflow/config';
import { ALL_SERVICES, repositoryRoot } from '@fraudflow/local';
import { expect, test } from 'vitest';

interface Ended {
  readonly code: number | null;
  readonly errorText: string;
}

const CARD_TOKEN_KEY = 'FRAUDFLOW_CARD_TOKEN_KEY';

test.each(ALL_SERVICES)('%s lists all problems of its configuration together and exits with 2', async (service) => {
  const port = `FRAUDFLOW_${service.toUpperCase().replaceAll('-', '_')}_HTTP_PORT`;

  const ended = await runService(service, {
    FRAUDFLOW_LOG_LEVEL: 'loud',
    FRAUDFLOW_SHUTDOWN_TIMEOUT: 'soon',
    [port]: '70000',
    [CARD_TOKEN_KEY]: 'A'.repeat(44),
  });

  expect(ended.code).toBe(2);
  expect(ended.errorText).toContain(`${service}: the configuration has 3 problem(s)`);
  expect(ended.errorText).toMatch(/FRAUDFLOW_LOG_LEVEL must be one of .*debug, info/);
  expect(ended.errorText).toContain('FRAUDFLOW_SHUTDOWN_TIMEOUT must be a duration');
  expect(ended.errorText).toContain(`${port} must be a whole number from 0 to 65535`);
});

test('a service reports a missing required secret in addition to all other problems', async () => {
  const ended = await runService('ingestion', {
    FRAUDFLOW_KAFKA_BROKERS: '127.0.0.1:1,,',
    FRAUDFLOW_KAFKA_PARTITIONS: 'many',
    FRAUDFLOW_INGESTION_MAX_AMOUNT: '-1',
    FRAUDFLOW_INGESTION_LABEL_WAIT: '2 fortnights',
    [CARD_TOKEN_KEY]: '',
  });

  expect(ended.code).toBe(2);
  expect(ended.errorText).toContain('the configuration has 5 problem(s)');
  expect(ended.errorText).toContain('FRAUDFLOW_KAFKA_BROKERS must be a comma-separated list');
  expect(ended.errorText).toContain('FRAUDFLOW_KAFKA_PARTITIONS must be a whole number from 1 to 1000');
  expect(ended.errorText).toContain('FRAUDFLOW_INGESTION_MAX_AMOUNT must be a number from 0.01');
  expect(ended.errorText).toContain('FRAUDFLOW_INGESTION_LABEL_WAIT must be a duration');
  expect(ended.errorText).toContain(`${CARD_TOKEN_KEY} is required`);
});

test('a card key that is too short is invalid configuration and is not printed', async () => {
  const ended = await runService('ingestion', { [CARD_TOKEN_KEY]: 'dG9vIHNob3J0', FRAUDFLOW_LOG_LEVEL: 'loud' });

  expect(ended.code).toBe(2);
  expect(ended.errorText).toContain('the configuration has 2 problem(s)');
  expect(ended.errorText).toContain(CARD_TOKEN_KEY);
  expect(ended.errorText).not.toContain('dG9vIHNob3J0');
});

test('bands of the scorer that do not ascend are reported by their names', async () => {
  const ended = await runService('scorer', {
    FRAUDFLOW_SCORER_CHALLENGE_FROM: '0.9',
    FRAUDFLOW_SCORER_REVIEW_FROM: '0.5',
  });

  expect(ended.code).toBe(2);
  expect(ended.errorText).toContain('FRAUDFLOW_SCORER_CHALLENGE_FROM must not be above FRAUDFLOW_SCORER_REVIEW_FROM');
});

/** Runs a service like `up` does, with settings in addition to the environment of this process. */
function runService(service: string, settings: Readonly<Record<string, string>>): Promise<Ended> {
  const script = join(repositoryRoot(), 'services', service, 'dist', 'main.js');
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [script], {
      // Addresses without a server: a service that starts in spite of the error must have no effect.
      env: { ...processEnvironment(), FRAUDFLOW_KAFKA_BROKERS: '127.0.0.1:1', ...settings },
      stdio: ['ignore', 'ignore', 'pipe'],
      timeout: 60_000,
    });
    let errorText = '';
    child.stderr.on('data', (chunk: Buffer) => (errorText += chunk.toString('utf8')));
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, errorText }));
  });
}
