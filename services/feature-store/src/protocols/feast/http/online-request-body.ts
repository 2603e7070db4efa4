import { badRequest } from '../errors/feast-error.js';
import type { FeatureSelection } from '../../../online/feature-resolver.js';
import type { OnlineRequest } from '../../../online/feature-serving.service.js';
import { type Fields, flagOf, isObject, namesOf, objectOf } from './body-fields.js';

/** Reads the body of `/get-online-features`. @throws RequestError naming the field that is wrong */
export function onlineRequestOf(body: unknown): OnlineRequest {
  const fields = objectOf(body);
  const entities = columnsOf(fields, 'entities');
  if (entities === undefined) throw badRequest(['entities'], 'Field required');
  const context = columnsOf(fields, 'request_context');
  return {
    selection: selectionOf(fields),
    fullNames: flagOf(fields, 'full_feature_names'),
    columns: context === undefined ? entities : { ...entities, ...context },
  };
}

/** The features asked for, by service or one by one. @throws RequestError */
export function selectionOf(fields: Fields): FeatureSelection {
  const service = fields['feature_service'] ?? undefined;
  const references = namesOf(fields, 'features') ?? [];
  if (service === undefined) return { kind: 'references', references };
  if (typeof service !== 'string') throw badRequest(['feature_service'], 'Input should be a valid string');
  if (references.length > 0) throw badRequest(['features'], 'send either features or feature_service, not both');
  return { kind: 'service', name: service };
}

function columnsOf(fields: Fields, name: string): Fields | undefined {
  const columns = fields[name] ?? undefined;
  if (columns === undefined || isObject(columns)) return columns;
  throw badRequest([name], 'Input should be a dictionary of columns');
}
