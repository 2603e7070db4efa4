import { entriesOf, type ErrorCodeEntries, type ErrorCodeEntry } from './error-code-entry.js';

/** Objects whose absence has a specific Feast exception. */
const OBJECTS = [
  'entity',
  'data_source_object',
  'feature_view',
  'on_demand_feature_view',
  'feature_service',
  'feast_object',
  'saved_dataset',
  'validation_reference',
  'permission_object',
  'project_object',
] as const;

const notFound = (object: string): ErrorCodeEntry => ({
  kinds: ['not_found'],
  meaning: `Feast's registry has no ${object
    .replace(/_object$/, '')
    .replace('feast_', '')
    .replaceAll('_', ' ')} with this name.`,
  operator: 'Check the name against docs/features.md and the project of the Feast client.',
});

/** Codes that only callers of the Feast protocols see. */
export const FEAST_CODES = {
  ...entriesOf(OBJECTS, 'NOT_FOUND', notFound),
  FEAST_NOT_FOUND: {
    kinds: ['not_found'],
    meaning: 'A feature service, view, feature or request column of an online request does not exist.',
    operator: 'Read the class and the message in the error text; compare the names with docs/features.md.',
  },
  FEAST_REFUSED: {
    kinds: ['invalid_input'],
    meaning: 'An online request or a push is invalid and cannot be served.',
    operator: 'Read the class and the message in the error text, then correct the request.',
  },
  READ_ONLY_REGISTRY: {
    kinds: ['failed_precondition'],
    meaning: 'A client tried to change definitions through the Feast registry.',
    operator: 'Change the definitions in `libs/features` and deploy.',
  },
  REQUEST_INVALID: {
    kinds: ['invalid_input'],
    meaning: 'A field of an online request or of a pushed frame is wrong.',
    operator: 'Correct the field that the error names.',
  },
  TABLE_UNREADABLE: {
    kinds: ['invalid_input'],
    meaning: 'The Arrow table of a Flight upload cannot be decoded.',
    operator: 'Use the Feast SDK version of the README, or correct the client that encodes the table.',
  },
} as const satisfies ErrorCodeEntries;
