import { feastFeatureView, feastOnDemandFeatureView } from '@fraudflow/contracts';
import type { FeatureViewDefinition } from '@fraudflow/features';
import type { ViewSources } from './data-sources.js';
import { featureSpec, joinKeySpec } from './field-specs.js';
import { serverSideTransformation } from './request-transformation.js';

const SECOND_MS = 1_000;
/** The store updates its views itself, so they can always be read. */
const STATE = feastFeatureView.FeatureViewState.AVAILABLE_ONLINE;

/** A `stream` or `pushed` view as Feast's FeatureView. */
export function featureViewProto(
  view: FeatureViewDefinition,
  project: string,
  sources: ViewSources,
): feastFeatureView.FeatureView {
  return feastFeatureView.FeatureView.fromPartial({
    spec: {
      name: view.name,
      project,
      description: view.description,
      entities: [...view.entities],
      entityColumns: view.entities.map(joinKeySpec),
      features: view.features.map(featureSpec),
      tags: viewTags(view),
      ttl: { seconds: Math.floor(view.ttlMs / SECOND_MS), nanos: (view.ttlMs % SECOND_MS) * 1e6 },
      online: true,
      offline: view.kind === 'pushed',
      streamSource: sources.live,
      ...(sources.batch === undefined ? {} : { batchSource: sources.batch }),
    },
    meta: { state: STATE },
  });
}

/** A `request` view as Feast's OnDemandFeatureView over a request source. */
export function onDemandViewProto(
  view: FeatureViewDefinition,
  project: string,
  sources: ViewSources,
): feastOnDemandFeatureView.OnDemandFeatureView {
  return feastOnDemandFeatureView.OnDemandFeatureView.fromPartial({
    spec: {
      name: view.name,
      project,
      description: view.description,
      features: view.features.map(featureSpec),
      tags: viewTags(view),
      sources: { [sources.live.name]: { source: { $case: 'requestDataSource', value: sources.live } } },
      featureTransformation: serverSideTransformation(view.name),
      mode: 'python',
    },
    meta: { state: STATE },
  });
}

function viewTags(view: FeatureViewDefinition): Record<string, string> {
  return { kind: view.kind, ttl_policy: view.ttlPolicy };
}
