import type { FeatureRepository } from '@fraudflow/features';
import { badRequest, featureViewNotFound, featureViewVersionNotFound } from './feast-error.js';

const LATEST = 'latest';

/**
 * Answers Feast's materialize calls. Computed views follow the log and pushed views are written directly, so everything is in the
 * online store already: a call is checked as upstream checks it, and there is nothing to move.
 */
export class MaterializationService {
  constructor(private readonly repository: FeatureRepository) {}

  /**
   * @param names absent = all views that keep something
   * @returns the views meant
   * @throws FeastError for an unknown view or version; RequestError for a version without a view
   */
  materialize(names: readonly string[] | undefined, version: string | undefined): readonly string[] {
    const stored = this.repository.views.filter(({ kind }) => kind !== 'request').map(({ name }) => name);
    const asked = names ?? stored;
    const unknown = asked.find((name) => !this.repository.views.some((view) => view.name === name));
    if (unknown !== undefined) throw featureViewNotFound(unknown, this.repository.project);
    this.refuseVersion(names, version);
    return asked;
  }

  private refuseVersion(names: readonly string[] | undefined, version: string | undefined): void {
    if (version === undefined || version === LATEST) return;
    if (names?.[0] === undefined) throw badRequest(['version'], 'a version needs feature_views');
    throw featureViewVersionNotFound(names[0], version, this.repository.project);
  }
}
