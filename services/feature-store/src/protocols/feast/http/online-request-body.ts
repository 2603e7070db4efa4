import { invalidRequest } from '../../../values/request-errors.js';
import type { FeatureSelection } from '../../../online/feature-resolver.js';
import type { OnlineRequest } from '../../../online/feature-serving.service.js';
import { type Fields, flagOf, isObject, namesOf, objectOf } from './body-fields.js';

/** Reads the body of `/get-online-features`. @throws AppError invalid_input that names the wrong field */
export function onlineRequestOf(body: unknown): OnlineRequest {
  const fields = objectOf(body);
  const entities = columnsOf(fields, 'entities');
  if (entities === undefined) throw invalidRequest(['entities'], 'Field required');
  const context = columnsOf(fields, 'request_context');
  return {
    selection: selectionOf(fields),
    fullNames: flagOf(fields, 'full_feature_names'),
    columns: context === undefined ? entities : { ...entities, ...context },
  };
}

/** The requested features, by service or as a list. @throws AppError invalid_input */
export function selectionOf(fields: Fields): FeatureSelection {
  const service = fields['feature_service'] ?? undefined;
  const references = namesOf(fields, 'features') ?? [];
  if (service === undefined) return { kind: 'references', references };
  if (typeof service !== 'string') throw invalidRequest(['feature_service'], 'Input should be a valid string');
  if (references.length > 0) throw invalidRequest(['features'], 'send either features or feature_service, not both');
  return { kind: 'service', name: service };
}

function columnsOf(fields: Fields, name: string): Fields | undefined {
  const columns = fields[name] ?? undefined;
  if (columns === undefined || isObject(columns)) return columns;
  throw invalidRequest([name], 'Input should be a dictionary of columns');
}
