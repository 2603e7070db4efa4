import { type ErrorCode, notFound } from '@fraudflow/core';
import type {
  EntityDefinition,
  FeatureDefinition,
  FeatureServiceDefinition,
  FeatureViewDefinition,
} from './definitions.js';
import { FEATURE_REPOSITORY } from './feature-repository.js';
import { COMPUTED_FEATURES } from './fraud-detection-features.js';

const { entities, views, services } = FEATURE_REPOSITORY;
const FEATURE_BY_NAME = byName(views.flatMap((view) => view.features));
const INDEX_BY_NAME: ReadonlyMap<string, number> = new Map(COMPUTED_FEATURES.map(({ name }, index) => [name, index]));
const ENTITY_BY_NAME = byName(entities);
const VIEW_BY_NAME = byName(views);
const SERVICE_BY_NAME = byName(services);

/**
 * Whether a name is that of a computed feature, which has a slot in the vector.
 * @param name exact, snake_case
 * @returns false for a pushed feature and for a name that no feature has
 */
export function isFeatureName(name: string): boolean {
  return INDEX_BY_NAME.has(name);
}

/**
 * Looks up a feature of any view, pushed features included.
 * @param name exact, snake_case
 * @returns its definition
 * @throws AppError not_found `FEATURE_UNKNOWN`
 */
export function featureByName(name: string): FeatureDefinition {
  return FEATURE_BY_NAME.get(name) ?? missing('feature', name, undefined);
}

/**
 * The slot of a computed feature in a vector of `COMPUTED_FEATURES`.
 * @param name exact, snake_case
 * @returns from 0 to the number of computed features minus 1; the published 15 have 0 to 14
 * @throws AppError not_found `FEATURE_UNKNOWN`, also for a pushed feature
 */
export function featureIndex(name: string): number {
  return INDEX_BY_NAME.get(name) ?? missing('feature', name, undefined);
}

/**
 * Looks up a feature service: an ordered list of features, the layout of a model's input vector.
 * @param name exact, snake_case
 * @returns its definition
 * @throws AppError not_found `FEATURE_SERVICE_UNKNOWN`; the message lists the known names
 */
export function featureServiceByName(name: string): FeatureServiceDefinition {
  return SERVICE_BY_NAME.get(name) ?? missing('feature service', name, SERVICE_BY_NAME);
}

/**
 * Looks up a feature view.
 * @param name exact, snake_case
 * @returns its definition
 * @throws AppError not_found `FEATURE_VIEW_UNKNOWN`; the message lists the known names
 */
export function featureViewByName(name: string): FeatureViewDefinition {
  return VIEW_BY_NAME.get(name) ?? missing('feature view', name, VIEW_BY_NAME);
}

/**
 * Looks up an entity.
 * @param name exact, snake_case
 * @returns its definition
 * @throws AppError not_found `ENTITY_UNKNOWN`; the message lists the known names
 */
export function entityByName(name: string): EntityDefinition {
  return ENTITY_BY_NAME.get(name) ?? missing('entity', name, ENTITY_BY_NAME);
}

function byName<T extends { readonly name: string }>(all: readonly T[]): ReadonlyMap<string, T> {
  return new Map(all.map((one) => [one.name, one]));
}

const UNKNOWN_CODES = {
  feature: 'FEATURE_UNKNOWN',
  'feature service': 'FEATURE_SERVICE_UNKNOWN',
  'feature view': 'FEATURE_VIEW_UNKNOWN',
  entity: 'ENTITY_UNKNOWN',
} as const satisfies Readonly<Record<string, ErrorCode>>;

function missing(
  what: keyof typeof UNKNOWN_CODES,
  name: string,
  known: ReadonlyMap<string, unknown> | undefined,
): never {
  const hint = known === undefined ? '' : `; known: ${[...known.keys()].join(', ')}`;
  throw notFound(`${what} "${name}" does not exist${hint}`, { code: UNKNOWN_CODES[what], field: name });
}
