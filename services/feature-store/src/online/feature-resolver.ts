import {
  type EntityName,
  type FeatureDefinition,
  type FeatureDtype,
  featureIndex,
  type FeatureRepository,
  type FeatureViewDefinition,
} from '@fraudflow/features';
import {
  invalidRequest,
  featureNamesCollide,
  featureUnknown,
  featureServiceUnknown,
  featureViewUnknown,
  featureViewVersionUnknown,
} from '../values/request-errors.js';

/** The requested features: a feature service by name, or references `view:feature`. */
export type FeatureSelection =
  | { readonly kind: 'service'; readonly name: string }
  | { readonly kind: 'references'; readonly references: readonly string[] };

/** One feature column of a response. */
export interface ResolvedColumn {
  /** `feature`, or `view__feature` if full names were requested. */
  readonly name: string;
  readonly dtype: FeatureDtype;
  /** Index into `Resolution.views`. */
  readonly view: number;
  /** Index of the value: in the computed vector, or among the features of a pushed view. */
  readonly slot: number;
}

/** The resolved form of a selection. */
export interface Resolution {
  readonly columns: readonly ResolvedColumn[];
  /** The views of the columns in order of first use. */
  readonly views: readonly FeatureViewDefinition[];
  /** Number of columns of each view. */
  readonly columnsOfView: readonly number[];
  /** Join keys that the selection needs. */
  readonly joinKeys: readonly EntityName[];
  /** Join keys whose computed state is read. */
  readonly computedKeys: readonly EntityName[];
  /** The computed features of the selection, so that the reader evaluates no others. */
  readonly computed: readonly FeatureDefinition[];
  /** Whether a view is computed, and whether a view is pushed. */
  readonly hasComputed: boolean;
  readonly hasPushed: boolean;
  /** True if a feature is computed from the request transaction, so that request data are needed. */
  readonly needsTransaction: boolean;
}

interface Reference {
  readonly view: FeatureViewDefinition;
  readonly index: number;
}

/** Bound of the cache: callers choose the reference lists. */
const MAX_CACHED = 1_000;
const MAX_REFERENCES = 1_000;
const LATEST = 'latest';

/**
 * Resolves names of features to places in vectors and rows, with a cache: definitions are code and do not change while
 * the process runs.
 */
export class FeatureResolver {
  private readonly cache = new Map<string, Resolution>();
  private readonly views: ReadonlyMap<string, FeatureViewDefinition>;

  /** @param slotOf place of a computed feature in the vectors of the reader */
  constructor(
    private readonly repository: FeatureRepository,
    private readonly slotOf: (feature: string) => number = featureIndex,
  ) {
    this.views = new Map(repository.views.map((view) => [view.name, view]));
  }

  /**
   * @throws AppError not_found for unknown names; invalid_input FEATURE_NAMES_COLLIDE for a repeated feature and
   * REQUEST_INVALID for malformed references
   */
  resolve(selection: FeatureSelection, fullNames: boolean): Resolution {
    const key = cacheKey(selection, fullNames);
    const known = this.cache.get(key);
    if (known !== undefined) return known;
    const references =
      selection.kind === 'service' ? this.ofService(selection.name) : this.ofList(selection.references);
    const resolution = this.compile(references, fullNames);
    if (this.cache.size >= MAX_CACHED) this.cache.clear();
    this.cache.set(key, resolution);
    return resolution;
  }

  private ofService(name: string): readonly Reference[] {
    const service = this.repository.services.find((candidate) => candidate.name === name);
    if (service === undefined) throw featureServiceUnknown(name, this.repository.project);
    return service.features.map((feature) => this.reference(feature.view, feature.name));
  }

  private ofList(references: readonly string[]): readonly Reference[] {
    if (references.length === 0) throw invalidRequest(['features'], 'name at least one feature, or a feature_service');
    if (references.length > MAX_REFERENCES) throw invalidRequest(['features'], `at most ${MAX_REFERENCES} features`);
    return references.map((text, i) => {
      const [left, feature, ...rest] = text.split(':');
      if (left === undefined || feature === undefined || rest.length > 0 || left === '' || feature === '') {
        throw invalidRequest(['features', i], `"${text}" is not a feature reference; write view:feature`);
      }
      return this.reference(this.unversioned(left), feature);
    });
  }

  /** `view@latest` is `view`; no other version exists. */
  private unversioned(name: string): string {
    const [view = '', version, ...rest] = name.split('@');
    if (version === undefined || (version === LATEST && rest.length === 0)) return view;
    if (!this.views.has(view)) throw featureViewUnknown(view, this.repository.project);
    throw featureViewVersionUnknown(view, version, this.repository.project);
  }

  private reference(viewName: string, feature: string): Reference {
    const view = this.views.get(viewName);
    if (view === undefined) throw featureViewUnknown(viewName, this.repository.project);
    const index = view.features.findIndex(({ name }) => name === feature);
    if (index < 0) throw featureUnknown(feature, viewName, this.repository.project);
    return { view, index };
  }

  private compile(references: readonly Reference[], fullNames: boolean): Resolution {
    const views = [...new Set(references.map(({ view }) => view))];
    const columns = references.map(({ view, index }) => this.column(view, index, views.indexOf(view), fullNames));
    refuseDuplicates(columns);
    return {
      columns,
      views,
      columnsOfView: views.map((_, place) => columns.filter((column) => column.view === place).length),
      joinKeys: [...new Set(views.flatMap((view) => view.entities))],
      computedKeys: [...new Set(views.filter(({ kind }) => kind === 'stream').flatMap((view) => view.entities))],
      computed: references.flatMap(({ view, index }) =>
        view.kind === 'pushed' ? [] : view.features.slice(index, index + 1),
      ),
      hasComputed: views.some(({ kind }) => kind !== 'pushed'),
      hasPushed: views.some(({ kind }) => kind === 'pushed'),
      needsTransaction: views.some((view) => view.kind === 'request'),
    };
  }

  private column(view: FeatureViewDefinition, index: number, place: number, fullNames: boolean): ResolvedColumn {
    const feature = view.features[index];
    if (feature === undefined) throw featureUnknown(String(index), view.name, this.repository.project);
    const { name, dtype } = feature;
    const slot = view.kind === 'pushed' ? index : this.slotOf(name);
    return { name: fullNames ? `${view.name}__${name}` : name, dtype, view: place, slot };
  }
}

function cacheKey(selection: FeatureSelection, fullNames: boolean): string {
  const requested = selection.kind === 'service' ? `s${selection.name}` : listKey(selection.references);
  return fullNames ? `f${requested}` : requested;
}

/** The count distinguishes one reference that contains a line break from two references. */
function listKey(references: readonly string[]): string {
  return `r${references.length}\n${references.join('\n')}`;
}

function refuseDuplicates(columns: readonly ResolvedColumn[]): void {
  const names = columns.map(({ name }) => name);
  const twice = names.filter((name, i) => names.indexOf(name) !== i);
  if (twice.length > 0) throw featureNamesCollide([...new Set(twice)]);
}
