import { createHash } from 'node:crypto';
import { featureServiceByName } from '@fraudflow/features';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DatasetVersion } from './dataset-version.js';
import type { TrainingRow } from '../history/history.port.js';

const service = featureServiceByName('fraud_detection_features');
const query = { service, fromMs: 1, toMs: 2, asOfMs: 3 };
const text = fc.oneof(fc.string({ unit: 'grapheme' }), fc.constantFrom('\ud800', 'a"b', '\\', '\u0000'));
const rows = fc.array(
  fc.record({
    transactionId: text,
    customerId: text,
    terminalId: text,
    currency: fc.constant('EUR'),
    occurredAtMs: fc.maxSafeInteger(),
    amountMinor: fc.maxSafeNat(),
    logPartition: fc.constant(0),
    logOffset: fc.constant(0),
    isLate: fc.constant(false),
    values: fc.float64Array({ minLength: 2, maxLength: 2 }),
    label: fc.constantFrom(0 as const, 1 as const),
    labelledAtMs: fc.maxSafeNat(),
  }),
);

/** Reference implementation of a version, without buffering. */
function plainVersion(all: readonly TrainingRow[]): string {
  const { name, version, features } = service;
  const hash = createHash('sha256').update(
    JSON.stringify(['fraudflow-dataset-1', name, version, features, query.fromMs, query.toMs, query.asOfMs]),
  );
  for (const { transactionId, customerId, terminalId, currency, ...row } of all) {
    hash.update(JSON.stringify([transactionId, customerId, terminalId, currency]));
    for (const number of [...row.values, row.occurredAtMs, row.amountMinor, row.label, row.labelledAtMs]) {
      const bytes = Buffer.alloc(8);
      bytes.writeDoubleLE(number);
      hash.update(bytes);
    }
  }
  return hash.update(JSON.stringify(['rows', all.length])).digest('hex');
}

test('a version is the digest of query and rows, for any batching', () => {
  fc.assert(
    fc.property(rows, fc.integer({ min: 1, max: 5 }), (all, batch) => {
      const version = new DatasetVersion(query);
      for (let at = 0; at < all.length; at += batch) version.add(all.slice(at, at + batch));

      expect(version.digest()).toBe(plainVersion(all));
    }),
    { seed: 3, numRuns: 200 },
  );
});
