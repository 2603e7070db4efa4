import { StreamedFeatures } from '@fraudflow/features';
import { expect, test } from 'vitest';
import { JsonBytes } from '../records/json-bytes.js';
import { parsedTransaction } from '../records/stream-transaction.js';
import { StreamVector } from './stream-vector.js';

const streamed = new StreamedFeatures('fraud_detection_features_v2');
const transaction = {
  transaction_id: 'tx "1",\\"vector":[',
  occurred_at: '2018-04-01T00:00:31.000Z',
  customer_id: 'é',
  terminal_id: 't',
  amount_minor: 5_716,
  currency: 'EUR',
};
const given = parsedTransaction(transaction, Buffer.from(JSON.stringify(transaction)));
const aVector = (): Float64Array =>
  Float64Array.from(streamed.names, (_, slot) => [0.1, -0, 1e21, Number.NaN, 1 / 3, 5e-324][slot % 6] ?? 0);

test('the JSON of a features event is what JSON.stringify would give, null where a value is missing', () => {
  const vector = aVector();

  const text = new StreamVector(streamed).event(given, vector, new JsonBytes()).toString('utf8');

  const features = Object.fromEntries(streamed.names.map((name, slot) => [name, vector[slot]]));
  const { name, version } = streamed.service;
  const event = { transaction, feature_service: name, feature_service_version: version, features };
  expect(text).toBe(JSON.stringify(event));
});

test('what one stage hands over the other takes, with the very text of the transaction', () => {
  const values = aVector();
  const vector = new StreamVector(streamed);

  const text = vector.handover(given, values, 5, new JsonBytes()).toString('utf8');

  const event = JSON.parse(text) as { vector: number[] };
  const taken = vector.create();
  vector.takeHandover(event.vector, taken);
  const handedOver = streamed.features.map(({ view }, slot) => (view === 'terminal' ? 0 : values[slot]));
  expect(event).toMatchObject({ kind: 'transaction', transaction, attributes: 5 });
  expect([...taken]).toEqual(handedOver.map((value) => (value ?? 0) + 0));
});
