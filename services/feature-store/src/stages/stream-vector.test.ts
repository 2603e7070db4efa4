import { StreamedFeatures } from '@fraudflow/features';
import { expect, test } from 'vitest';
import { StreamVector } from './stream-vector.js';

test('the JSON of a features event is what JSON.stringify would give, null where a value is missing', () => {
  const transaction = {
    transaction_id: 'tx "1"',
    occurred_at: '2018-04-01T00:00:31.000Z',
    customer_id: 'é',
    terminal_id: 't',
    amount_minor: 5_716,
    currency: 'EUR',
  };
  const { names } = new StreamedFeatures('fraud_detection_features_v2');
  const vector = Float64Array.from(names, (_, slot) => [0.1, -0, 1e21, Number.NaN, 1 / 3, 5e-324][slot % 6] ?? 0);
  const event = { transaction, feature_service: 'service', feature_service_version: 2 };

  const text = new StreamVector(new StreamedFeatures('fraud_detection_features_v2')).json(event, vector);

  const features = Object.fromEntries(names.map((name, slot) => [name, vector[slot]]));
  expect(text).toBe(JSON.stringify({ ...event, features }));
});
