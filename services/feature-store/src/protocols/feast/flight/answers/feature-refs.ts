import {
  FEATURE_REPOSITORY,
  type FeatureDefinition,
  type FeatureViewDefinition,
  type FeatureRepository,
} from '@fraudflow/features';
import { feastNotFound, projectNotFound } from '../../errors/coded-error.js';
import type { HistoricalCommand } from '../wire/commands.js';
import { flightError, flightMistake } from '../wire/flight-errors.js';

/** A requested feature and the name of its column in the response. */
export interface RequestedFeature {
  readonly feature: FeatureDefinition;
  readonly view: FeatureViewDefinition;
  readonly column: string;
}

/** The features of a command in request order. @throws AppError not_found | invalid_input, Feast errors */
export function requestedFeatures(
  command: HistoricalCommand,
  repository: FeatureRepository = FEATURE_REPOSITORY,
): readonly RequestedFeature[] {
  if (command.project !== '' && command.project !== repository.project) throw projectNotFound(command.project);
  if (command.feature_refs.length === 0) throw flightMistake('feature_refs: name at least one feature', 'feature_refs');
  const aliases = new Map(command.feature_view_names.map((name, i) => [command.name_aliases[i] ?? name, name]));
  const requested = command.feature_refs.map((ref) => resolve(ref, aliases, command, repository));
  const names = requested.map(({ column }) => column);
  const twice = names.filter((name, i) => names.indexOf(name) !== i);
  if (twice.length > 0) throw collision(twice);
  return requested;
}

/** The error for column names that would occur twice in a response. */
export function collision(names: readonly string[]): ReturnType<typeof flightError> {
  const message = `Duplicate features named ${[...new Set(names)].join(', ')} found. Name each feature once, or set full_feature_names.`;
  return flightError('invalid_input', 'FeatureNameCollisionError', message, 'feature_refs');
}

/** `view:feature`, `alias:feature` or `view@version:feature`; only the current version of a view exists. */
function resolve(
  ref: string,
  aliases: ReadonlyMap<string, string>,
  command: HistoricalCommand,
  repository: FeatureRepository,
): RequestedFeature {
  const [shown = '', name, ...rest] = ref.split(':');
  if (name === undefined || rest.length > 0)
    throw flightMistake(`"${ref}" is not of the form view:feature`, 'feature_refs');
  const [bare = '', version] = shown.split('@');
  const viewName = aliases.get(shown) ?? aliases.get(bare) ?? bare;
  const view = repository.views.find((one) => one.name === viewName);
  if (view === undefined) throw feastNotFound('Feature view', viewName, repository.project);
  if (version !== undefined && version !== 'latest') throw versionNotFound(view.name, version, repository.project);
  const feature = view.features.find((one) => one.name === name);
  if (feature === undefined) throw feastNotFound('Feature', ref, repository.project);
  return { feature, view, column: command.full_feature_names ? `${bare}__${name}` : name };
}

function versionNotFound(view: string, version: string, project: string): ReturnType<typeof flightError> {
  const message = `Version ${version} of feature view ${view} does not exist in project ${project}`;
  return flightError('not_found', 'FeatureViewVersionNotFound', message, 'feature_refs');
}
