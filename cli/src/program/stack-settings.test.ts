import { expect, test } from 'vitest';
import { loadStackSettings } from './stack-settings.js';

test('without configuration everything is embedded below .fraudflow', () => {
  const settings = loadStackSettings({});

  expect(settings.external).toEqual({});
  expect(settings.dataDir).toMatch(/\.fraudflow$/);
});

test('a configured server replaces the embedded one', () => {
  const settings = loadStackSettings({
    FRAUDFLOW_KAFKA_BROKERS: 'a:9092,b:9092',
    FRAUDFLOW_POSTGRES_URL: 'postgres://u:p@h/d',
    FRAUDFLOW_DATA_DIR: '/srv/fraudflow',
  });

  expect(settings.external).toEqual({ kafkaBrokers: ['a:9092', 'b:9092'], postgresUrl: 'postgres://u:p@h/d' });
  expect(settings.dataDir).toBe('/srv/fraudflow');
});
