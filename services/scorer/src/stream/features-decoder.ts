import { type FeaturesEvent, featuresTopic } from '@fraudflow/contracts';
import { invalidInput } from '@fraudflow/core';
import { jsonDecoder, type ValueDecoder } from '@fraudflow/messaging';

const parse = jsonDecoder(featuresTopic, { trusted: true });

/**
 * Decodes records of `features` without the full schema check, which would cost more than the scoring; only the feature
 * store writes the topic. The fields that scoring uses are checked, so an invalid record is skipped and does not stop
 * the stream.
 */
export const decodeFeatures: ValueDecoder<FeaturesEvent> = (raw) => {
  const event: unknown = parse(raw);
  if (!isRecord(event)) throw mismatch('value', 'is not an object');
  const { transaction, features } = event;
  if (!isRecord(transaction)) throw mismatch('transaction', 'is missing');
  if (typeof transaction['transaction_id'] !== 'string') throw mismatch('transaction.transaction_id', 'is missing');
  if (typeof transaction['terminal_id'] !== 'string') throw mismatch('transaction.terminal_id', 'is missing');
  if (!isRecord(features)) throw mismatch('features', 'is missing');
  for (const name in features) {
    const value = features[name];
    if (typeof value !== 'number' && value !== null) throw mismatch(`features.${name}`, 'is not a number or null');
  }
  return event as unknown as FeaturesEvent;
};

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function mismatch(field: string, what: string): Error {
  return invalidInput(`${field} ${what}`, { code: 'SCHEMA_MISMATCH', field });
}
