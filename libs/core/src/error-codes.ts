import type { ErrorCodeEntries } from './error-codes/error-code-entry.js';
import { FEAST_CODES } from './error-codes/feast.js';
import { FEATURE_CODES } from './error-codes/features.js';
import { GENERAL_CODES } from './error-codes/general.js';
import { INGESTION_CODES } from './error-codes/ingestion.js';
import { LOCAL_CODES } from './error-codes/local.js';
import { MESSAGING_CODES } from './error-codes/messaging.js';
import { REGISTRY_CODES } from './error-codes/registry.js';
import { SCORING_CODES } from './error-codes/scoring.js';
import { TRAINING_CODES } from './error-codes/training.js';

/** Every error code with its kinds, its meaning and what the operator does. docs/errors.md is rendered from it. */
export const ERROR_CODES = {
  ...GENERAL_CODES,
  ...MESSAGING_CODES,
  ...INGESTION_CODES,
  ...FEATURE_CODES,
  ...FEAST_CODES,
  ...SCORING_CODES,
  ...TRAINING_CODES,
  ...REGISTRY_CODES,
  ...LOCAL_CODES,
};

/** Error codes grouped by area, in the order of docs/errors.md. */
export const ERROR_CODE_AREAS: readonly { readonly title: string; readonly codes: ErrorCodeEntries }[] = [
  { title: 'All services', codes: GENERAL_CODES },
  { title: 'Kafka and records', codes: MESSAGING_CODES },
  { title: 'Ingestion', codes: INGESTION_CODES },
  { title: 'Features', codes: FEATURE_CODES },
  { title: 'Feast protocols', codes: FEAST_CODES },
  { title: 'Scoring and models', codes: SCORING_CODES },
  { title: 'Training and drift', codes: TRAINING_CODES },
  { title: 'Model registry', codes: REGISTRY_CODES },
  { title: 'Local stack and command line', codes: LOCAL_CODES },
];

/** Codes with a part that is not known in advance, in angle brackets. */
export const ERROR_CODE_FAMILIES = {
  '<FIELD>_IS_CARD_NUMBER': {
    kinds: ['invalid_input'],
    meaning: 'An id or a text field holds a card number, which FraudFlow does not store.',
    operator: 'Make the producer send a different id, or a token.',
  },
  'HTTP_<STATUS>': {
    kinds: ['invalid_input', 'unavailable'],
    meaning: 'A registry responded with an HTTP error without an error code of the table.',
    operator: 'Check that the address is the one of the registry and that no proxy responds instead.',
  },
  'HANDLER_<NAME>': {
    kinds: [],
    meaning: 'The handler of a record threw an error that is not an AppError; the record is dead-lettered.',
    operator: 'Report it as a bug with the dead letter, then send the record again with `fraudflow dlq replay`.',
  },
} as const satisfies ErrorCodeEntries;

/** A machine-readable error code, more precise than the kind. */
export type ErrorCode = keyof typeof ERROR_CODES | `${string}_IS_CARD_NUMBER` | `HTTP_${number}`;

const FAMILY = /^(.+_IS_CARD_NUMBER|HTTP_\d{3})$/s;

/**
 * Whether a text, e.g. one that a remote service sent, is an error code of this version.
 * @param text any text
 */
export function isErrorCode(text: string): text is ErrorCode {
  return Object.hasOwn(ERROR_CODES, text) || FAMILY.test(text);
}
