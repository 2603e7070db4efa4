import { featuresSchema } from '@fraudflow/contracts';
import { StreamedFeatures } from '@fraudflow/features';
import { JsonBytes } from '@fraudflow/runtime-tuning';
import { expect, test } from 'vitest';
import { parsedTransaction } from './records/stream-transaction.js';
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
const bytes = Buffer.from(JSON.stringify(transaction));
const given = parsedTransaction(transaction, { bytes, from: 0, to: bytes.length }, 'customer');
const aVector = (): Float64Array =>
  Float64Array.from(streamed.names, (_, slot) => [0.1, -0, 1e21, Number.NaN, 1 / 3, 5e-324][slot % 6] ?? 0);

test('the JSON of a features event equals that of JSON.stringify, with null for a missing value', () => {
  const vector = aVector();

  const text = new StreamVector(streamed).event(given, vector, false, new JsonBytes()).toString('utf8');

  const features = Object.fromEntries(streamed.names.map((name, slot) => [name, vector[slot]]));
  const { name, version } = streamed.service;
  const event = { transaction, feature_service: name, feature_service_version: version, features };
  expect(text).toBe(JSON.stringify(event));
});

test('an event of the customer stage is decoded by the terminal stage with the original text of the transaction', () => {
  const values = aVector();
  const vector = new StreamVector(streamed);

  const text = vector
    .byTerminalEvent(given, values, { attributes: 5, isLate: false }, new JsonBytes())
    .toString('utf8');

  const event = JSON.parse(text) as { vector: number[] };
  const taken = vector.create();
  vector.readPartialVector(event.vector, taken);
  const handedOver = streamed.features.map(({ view }, slot) => (view === 'terminal' ? 0 : values[slot]));
  expect(event).toMatchObject({ kind: 'transaction', transaction, attributes: 5 });
  expect([...taken]).toEqual(handedOver.map((value) => (value ?? 0) + 0));
});

test('both events flag a late transaction, and no other', () => {
  const vector = new StreamVector(streamed);
  const values = aVector();

  for (const isLate of [false, true]) {
    const event = vector.event(given, values, isLate, new JsonBytes()).toString('utf8');
    const handover = vector.byTerminalEvent(given, values, { attributes: 1, isLate }, new JsonBytes()).toString('utf8');

    expect(featuresSchema.shape.late.safeParse((JSON.parse(event) as { late?: boolean }).late).success).toBe(true);
    for (const text of [event, handover]) {
      expect((JSON.parse(text) as { late?: boolean }).late).toBe(isLate ? true : undefined);
    }
  }
});
