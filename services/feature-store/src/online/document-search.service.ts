import { viewHasNoVectors } from '../values/request-errors.js';
import type { FeatureResolver, FeatureSelection } from './feature-resolver.js';

/**
 * Feast's similarity search. No view has a vector index, so a search is checked like a read and then refused.
 */
export class DocumentSearch {
  constructor(private readonly resolver: FeatureResolver) {}

  /** @throws AppError not_found for an unknown service, view or feature, otherwise invalid_input VIEW_HAS_NO_VECTORS */
  search(selection: FeatureSelection): never {
    const { views } = this.resolver.resolve(selection, false);
    throw viewHasNoVectors(views.map(({ name }) => name));
  }
}
