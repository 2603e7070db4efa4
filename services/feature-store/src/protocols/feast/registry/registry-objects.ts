import {
  feastEntity,
  feastProject,
  type feastDataSource,
  type feastFeatureService,
  type feastFeatureView,
  type feastOnDemandFeatureView,
  feastRegistry,
  feastRegistryServer,
} from '@fraudflow/contracts';
import type { EntityDefinition, FeatureRepository, FeatureViewDefinition } from '@fraudflow/features';
import { sourcesOf } from './data-sources.js';
import { joinKeySpec } from './field-specs.js';
import { featureServiceProto } from './service-protos.js';
import { pythonTypeOf } from './value-types.js';
import { featureViewProto, onDemandViewProto } from './view-protos.js';

/** An object in its wire form, with the fields that lists sort and filter by. */
export interface Listed<T> {
  readonly name: string;
  readonly description: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly proto: T;
}

export type ListedFeature = Listed<feastRegistryServer.Feature> & { readonly view: string };

/** A view in its wire form, with its definition and the names of its sources. */
export interface ListedView extends Listed<feastRegistryServer.AnyFeatureView> {
  readonly definition: FeatureViewDefinition;
  readonly sourceNames: readonly string[];
}

/** All definitions in Feast's wire form, built once: definitions are code and do not change while a process runs. */
export class RegistryObjects {
  readonly project: string;
  readonly entities: readonly Listed<feastEntity.Entity>[];
  readonly dataSources: readonly Listed<feastDataSource.DataSource>[];
  readonly views: readonly ListedView[];
  readonly featureViews: readonly Listed<feastFeatureView.FeatureView>[];
  readonly onDemandViews: readonly Listed<feastOnDemandFeatureView.OnDemandFeatureView>[];
  readonly services: readonly Listed<feastFeatureService.FeatureService>[];
  readonly features: readonly ListedFeature[];
  readonly projects: readonly Listed<feastProject.Project>[];

  /** @param brokers address of Kafka in the data sources that clients read */
  constructor(repository: FeatureRepository, brokers: readonly string[]) {
    const { project } = repository;
    const built = repository.views.map((view) => buildView(view, project, brokers.join(',')));
    this.project = project;
    this.entities = repository.entities.map((entity) => entityProto(entity, project)).map(listedSpec);
    this.dataSources = built.flatMap(({ sources }) => sources).map(listedSource);
    this.views = built.map(({ listed }) => listed);
    this.featureViews = built.flatMap(({ featureView }) => featureView).map(listedSpec);
    this.onDemandViews = built.flatMap(({ onDemand }) => onDemand).map(listedSpec);
    this.services = repository.services
      .map((service) => featureServiceProto(service, project, repository.views))
      .map(listedSpec);
    this.features = repository.views.flatMap(featuresOf);
    const description = 'Card transactions, customers and terminals.';
    this.projects = [listedSpec(feastProject.Project.fromPartial({ spec: { name: project, description }, meta: {} }))];
  }

  /** All objects in one message. */
  whole(): feastRegistry.Registry {
    const protos = <T>(listed: readonly Listed<T>[]): T[] => listed.map(({ proto }) => proto);
    return feastRegistry.Registry.fromPartial({
      registrySchemaVersion: '1',
      infra: {},
      projects: protos(this.projects),
      entities: protos(this.entities),
      dataSources: protos(this.dataSources),
      featureViews: protos(this.featureViews),
      onDemandFeatureViews: protos(this.onDemandViews),
      featureServices: protos(this.services),
    });
  }
}

interface BuiltView {
  readonly listed: ListedView;
  readonly sources: readonly feastDataSource.DataSource[];
  readonly featureView: readonly feastFeatureView.FeatureView[];
  readonly onDemand: readonly feastOnDemandFeatureView.OnDemandFeatureView[];
}

function buildView(definition: FeatureViewDefinition, project: string, brokers: string): BuiltView {
  const viewSources = sourcesOf(definition, project, brokers);
  const sources = [...(viewSources.batch === undefined ? [] : [viewSources.batch]), viewSources.live];
  const named = { definition, sourceNames: sources.map(({ name }) => name) };
  if (definition.kind === 'request') {
    const proto = onDemandViewProto(definition, project, viewSources);
    const any = feastRegistryServer.AnyFeatureView.fromPartial({
      anyFeatureView: { $case: 'onDemandFeatureView', value: proto },
    });
    return {
      sources,
      featureView: [],
      onDemand: [proto],
      listed: { ...listedSpec(proto), ...named, proto: any },
    };
  }
  const proto = featureViewProto(definition, project, viewSources);
  const any = feastRegistryServer.AnyFeatureView.fromPartial({
    anyFeatureView: { $case: 'featureView', value: proto },
  });
  return { sources, featureView: [proto], onDemand: [], listed: { ...listedSpec(proto), ...named, proto: any } };
}

function entityProto({ name, description }: EntityDefinition, project: string): feastEntity.Entity {
  const { valueType } = joinKeySpec(name);
  return feastEntity.Entity.fromPartial({ spec: { name, joinKey: name, description, project, valueType }, meta: {} });
}

function featuresOf(view: FeatureViewDefinition): readonly ListedFeature[] {
  const kind = view.kind === 'request' ? 'onDemandFeatureView' : 'featureView';
  return view.features.map(({ name, description, dtype }) => ({
    name,
    description,
    tags: {},
    view: view.name,
    proto: feastRegistryServer.Feature.fromPartial({
      name,
      featureView: view.name,
      description,
      type: pythonTypeOf(dtype),
      kind,
    }),
  }));
}

interface WithSpec {
  readonly spec?:
    { readonly name: string; readonly description: string; readonly tags: Record<string, string> } | undefined;
}

function listedSpec<T extends WithSpec>(proto: T): Listed<T> {
  const { name = '', description = '', tags = {} } = proto.spec ?? {};
  return { name, description, tags, proto };
}

function listedSource(proto: feastDataSource.DataSource): Listed<feastDataSource.DataSource> {
  const { name, description, tags } = proto;
  return { name, description, tags, proto };
}
