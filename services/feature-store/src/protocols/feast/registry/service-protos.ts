import { feastFeatureService } from '@fraudflow/contracts';
import type { FeatureDefinition, FeatureServiceDefinition, FeatureViewDefinition } from '@fraudflow/features';
import { EVENT_TIMESTAMP } from './data-sources.js';
import { bareFeatureSpec, featureSpec } from './field-specs.js';

/**
 * A feature service in Feast's wire form, with one projection per view. Views are in the order in which the service
 * first names them, features of a view in the order of the service. Feast's clients allow each view only once, so the
 * vector order of a service that interleaves views is not visible to them.
 */
export function featureServiceProto(
  service: FeatureServiceDefinition,
  project: string,
  views: readonly FeatureViewDefinition[],
): feastFeatureService.FeatureService {
  const names = [...new Set(service.features.map(({ view }) => view))];
  return feastFeatureService.FeatureService.fromPartial({
    spec: {
      name: service.name,
      project,
      description: service.description,
      tags: { version: `${service.version}` },
      features: names.map((name) => {
        const features = service.features.filter(({ view }) => view === name);
        return projection(
          name,
          features,
          views.find((view) => view.name === name),
        );
      }),
    },
    meta: {},
  });
}

type Projection = feastFeatureService.FeatureServiceSpec['features'][number];

function projection(
  name: string,
  features: readonly FeatureDefinition[],
  view: FeatureViewDefinition | undefined,
): Partial<Projection> {
  const isRequest = view?.kind === 'request';
  return {
    featureViewName: name,
    featureColumns: features.map(isRequest ? bareFeatureSpec : featureSpec),
    viewType: isRequest ? 'onDemandFeatureView' : 'featureView',
    ...(isRequest ? {} : { timestampField: EVENT_TIMESTAMP }),
  };
}
