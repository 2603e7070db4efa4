import { viewHasNoVectors } from '../protocols/feast/errors/feast-error.js';
import type { FeatureResolver, FeatureSelection } from './feature-resolver.js';

/**
 * Answers Feast's searches by similarity: no view of ours holds vectors, so one is checked as a read is, and refused.
 */
export class DocumentSearch {
  constructor(private readonly resolver: FeatureResolver) {}

  /** @throws FeastError always: for a service, view or feature that does not exist, or else for the first view asked */
  search(selection: FeatureSelection): never {
    const { views } = this.resolver.resolve(selection, false);
    throw viewHasNoVectors(views.map(({ name }) => name));
  }
}
