import { listSettings, renderSettings } from '@fraudflow/config';
import { expect, test } from 'vitest';
import type { z } from 'zod';
import { driftMonitorConfigSchema } from '../../../services/drift-monitor/src/config.js';
import { featureStoreConfigSchema } from '../../../services/feature-store/src/config.js';
import { ingestionConfigSchema } from '../../../services/ingestion/src/config.js';
import { registryConfigSchema } from '../../../services/registry/src/config.js';
import { scorerConfigSchema } from '../../../services/scorer/src/config.js';
import { trainerConfigSchema } from '../../../services/trainer/src/config.js';

const SCHEMAS: readonly (readonly [string, z.ZodObject])[] = [
  ['ingestion', ingestionConfigSchema],
  ['feature-store', featureStoreConfigSchema],
  ['scorer', scorerConfigSchema],
  ['drift-monitor', driftMonitorConfigSchema],
  ['trainer', trainerConfigSchema],
  ['registry', registryConfigSchema],
];

test('docs/configuration.md lists every setting of every service', async () => {
  const page = [
    '# Configuration',
    '',
    'Environment variables, rendered from the schemas of the services by `test/conformance`; do not edit by hand.',
    'A service that finds an invalid value lists all problems together and exits with 2.',
    '',
    ...SCHEMAS.map(([service, schema]) => renderSettings(service, schema)),
  ].join('\n');

  await expect(page).toMatchFileSnapshot('../../../docs/configuration.md');
});

test('a variable means the same in every service that reads it', () => {
  const meanings = new Map<string, Set<string>>();
  for (const [, schema] of SCHEMAS) {
    for (const [, { env, kind, shownDefault }] of listSettings(schema)) {
      meanings.set(env, (meanings.get(env) ?? new Set()).add(`${kind} ${shownDefault}`));
    }
  }

  expect([...meanings].filter(([, variants]) => variants.size > 1).map(([env]) => env)).toEqual([]);
});
