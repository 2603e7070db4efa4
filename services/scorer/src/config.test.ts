import { ConfigError, loadConfig } from '@fraudflow/config';
import { expect, test } from 'vitest';
import { scorerConfigSchema } from './config.js';

test('the defaults are the documented ones', () => {
  const config = loadConfig(scorerConfigSchema, {});

  expect(config).toMatchObject({ grpcPort: 8500, httpPort: 8501, registryAddress: 'http://127.0.0.1:5000' });
  expect(config.model.name).toBe('fraud_detector');
  expect(config.policy.threshold).toBe('');
});

test('bands must ascend', () => {
  const env = { FRAUDFLOW_SCORER_CHALLENGE_FROM: '0.8', FRAUDFLOW_SCORER_REVIEW_FROM: '0.6' };

  expect(() => loadConfig(scorerConfigSchema, env)).toThrow(ConfigError);
  expect(() => loadConfig(scorerConfigSchema, env)).toThrow(/FRAUDFLOW_SCORER_CHALLENGE_FROM must not be above/);
});
