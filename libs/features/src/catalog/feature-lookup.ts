import { notFound } from '@fraudflow/core';
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

/** True for the name of a computed feature, which `featureIndex` knows. */
export function isFeatureName(name: string): boolean {
  return INDEX_BY_NAME.has(name);
}

/** The definition of a feature of any view. @throws AppError not_found `FEATURE_UNKNOWN`. */
export function featureByName(name: string): FeatureDefinition {
  return FEATURE_BY_NAME.get(name) ?? missing('feature', name, undefined);
}

/** The slot of a computed feature in a vector of `COMPUTED_FEATURES`. @throws AppError not_found `FEATURE_UNKNOWN`. */
export function featureIndex(name: string): number {
  return INDEX_BY_NAME.get(name) ?? missing('feature', name, undefined);
}

/** A feature service by name. @throws AppError not_found `FEATURE_SERVICE_UNKNOWN`. */
export function featureServiceByName(name: string): FeatureServiceDefinition {
  return SERVICE_BY_NAME.get(name) ?? missing('feature service', name, SERVICE_BY_NAME);
}

/** A feature view by name. @throws AppError not_found `FEATURE_VIEW_UNKNOWN`. */
export function featureViewByName(name: string): FeatureViewDefinition {
  return VIEW_BY_NAME.get(name) ?? missing('feature view', name, VIEW_BY_NAME);
}

/** An entity by name. @throws AppError not_found `ENTITY_UNKNOWN`. */
export function entityByName(name: string): EntityDefinition {
  return ENTITY_BY_NAME.get(name) ?? missing('entity', name, ENTITY_BY_NAME);
}

function byName<T extends { readonly name: string }>(all: readonly T[]): ReadonlyMap<string, T> {
  return new Map(all.map((one) => [one.name, one]));
}

function missing(what: string, name: string, known: ReadonlyMap<string, unknown> | undefined): never {
  const hint = known === undefined ? '' : `; known: ${[...known.keys()].join(', ')}`;
  const code = `${what.toUpperCase().replaceAll(' ', '_')}_UNKNOWN`;
  throw notFound(`${what} "${name}" does not exist${hint}`, { code, field: name });
}
