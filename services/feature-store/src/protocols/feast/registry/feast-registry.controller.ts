import { feastRegistryServer } from '@fraudflow/contracts';
import { addGrpcMethods, type GrpcServiceBinding } from '@fraudflow/service';
import { Controller } from '@nestjs/common';
import { feastNotFound, type FeastObject } from '../errors/coded-error.js';
import { FeastRegistryService } from './feast-registry.service.js';
import { REFUSALS } from './refused-changes.js';
import type { Listed, RegistryObjects } from './registry-objects.js';

type GetRequest = feastRegistryServer.GetRequest;
type ListRequest = feastRegistryServer.ListRequest;
type Among<T> = (objects: RegistryObjects) => readonly Listed<T>[];
/** Answers a request from the registry. */
type Method<Request> = (controller: FeastRegistryController, request: Request) => unknown;

const NOTHING: Among<never> = () => [];
const ALL = { tags: {}, pagination: undefined, sorting: undefined };

/** The gRPC service that `FeastRegistryController` implements. */
export const FEAST_REGISTRY_SERVICE: GrpcServiceBinding = {
  definition: feastRegistryServer.RegistryServerService,
  metricName: (method) => `Registry.${method}`,
};

/**
 * `feast.registry.RegistryServer`: serves reads from the definitions and refuses changes. Its methods are the tables
 * below.
 */
@Controller()
export class FeastRegistryController {
  constructor(readonly registry: FeastRegistryService) {}
}

function get<T>(object: FeastObject, among: Among<T>): Method<GetRequest> {
  return ({ registry }, request) => registry.get(object, among, request);
}

function list<T>(field: string, among: Among<T>): Method<ListRequest> {
  return ({ registry }, request) => {
    const { items, pagination } = registry.list(among, request);
    return { [field]: items, pagination };
  };
}

function missing(object: FeastObject): Method<GetRequest> {
  return (_controller, { name, project }) => {
    throw feastNotFound(object, name, project);
  };
}

function ofProject(answer: object): Method<feastRegistryServer.ProjectRequest> {
  return ({ registry }, { project }) => {
    registry.checkProject(project);
    return answer;
  };
}

const VIEWS = {
  GetAnyFeatureView: ({ registry }: FeastRegistryController, request: GetRequest) => ({
    anyFeatureView: registry.get('Feature view', ({ views }) => views, request),
  }),
  ListAllFeatureViews: (
    { registry }: FeastRegistryController,
    request: feastRegistryServer.ListAllFeatureViewsRequest,
  ) => {
    const { items, pagination } = registry.listViews(request);
    return { featureViews: items, pagination };
  },
  GetFeatureView: get('Feature view', ({ featureViews }) => featureViews),
  ListFeatureViews: list('featureViews', ({ featureViews }) => featureViews),
  GetOnDemandFeatureView: get('On demand feature view', ({ onDemandViews }) => onDemandViews),
  ListOnDemandFeatureViews: list('onDemandFeatureViews', ({ onDemandViews }) => onDemandViews),
};

const OTHER_OBJECTS = {
  GetEntity: get('Entity', ({ entities }) => entities),
  ListEntities: list('entities', ({ entities }) => entities),
  GetDataSource: get('Data source', ({ dataSources }) => dataSources),
  ListDataSources: list('dataSources', ({ dataSources }) => dataSources),
  GetFeatureService: get('Feature service', ({ services }) => services),
  ListFeatureServices: (
    { registry }: FeastRegistryController,
    request: feastRegistryServer.ListFeatureServicesRequest,
  ) => {
    const { items, pagination } = registry.listServices(request);
    return { featureServices: items, pagination };
  },
  GetFeature: ({ registry }: FeastRegistryController, request: feastRegistryServer.GetFeatureRequest) =>
    registry.get('Feature', ({ features }) => features.filter(({ view }) => view === request.featureView), request),
  ListFeatures: ({ registry }: FeastRegistryController, request: feastRegistryServer.ListFeaturesRequest) => {
    const matches = (feature: RegistryObjects['features'][number]): boolean =>
      (request.featureView === '' || feature.view === request.featureView) &&
      (request.name === '' || feature.name === request.name) &&
      (request.kind === '' || feature.proto.kind === request.kind);
    const all = registry.list(({ features }) => features.filter(matches), { ...request, tags: {} });
    return { features: all.items, pagination: all.pagination };
  },
};

const KINDS_WITHOUT_OBJECTS = {
  GetStreamFeatureView: missing('Feature view'),
  ListStreamFeatureViews: list('items', NOTHING),
  GetLabelView: missing('Feature view'),
  ListLabelViews: list('items', NOTHING),
  GetSavedDataset: missing('Saved dataset'),
  ListSavedDatasets: list('items', NOTHING),
  GetValidationReference: missing('Validation reference'),
  ListValidationReferences: list('items', NOTHING),
  GetPermission: missing('Permission'),
  ListPermissions: list('items', NOTHING),
};

const WHOLE_REGISTRY = {
  GetProject: ({ registry }: FeastRegistryController, { name }: feastRegistryServer.GetProjectRequest) => {
    registry.checkProject(name);
    return registry.list(({ projects }) => projects, { ...ALL, project: name }).items[0];
  },
  ListProjects: ({ registry }: FeastRegistryController, request: feastRegistryServer.ListProjectsRequest) => {
    const { items, pagination } = registry.list(({ projects }) => projects, { ...request, project: '' });
    return { projects: items, pagination };
  },
  ListProjectMetadata: ofProject({ projectMetadata: [] }),
  GetInfra: ofProject({}),
  Refresh: ofProject({}),
  Proto: ({ registry }: FeastRegistryController) => registry.whole(),
};

addGrpcMethods(FeastRegistryController, 'RegistryServer', {
  ...VIEWS,
  ...OTHER_OBJECTS,
  ...KINDS_WITHOUT_OBJECTS,
  ...WHOLE_REGISTRY,
  ...REFUSALS,
});
