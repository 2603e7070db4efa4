import { feastRegistryServer } from '@fraudflow/contracts';
import type { GrpcServer } from '@fraudflow/rpc';
import type { handleUnaryCall, UntypedServiceImplementation } from '@grpc/grpc-js';
import { feastNotFound, type FeastObject } from '../errors/coded-error.js';
import type { FeastRegistryService } from './feast-registry.service.js';
import { refusals } from './refused-changes.js';
import type { Listed, RegistryObjects } from './registry-objects.js';

type GetRequest = feastRegistryServer.GetRequest;
type ListRequest = feastRegistryServer.ListRequest;
type Among<T> = (objects: RegistryObjects) => readonly Listed<T>[];

const NOTHING: Among<never> = () => [];

/** `feast.registry.RegistryServer`: serves reads from the definitions and refuses changes. */
export class FeastRegistryController {
  constructor(
    private readonly registry: FeastRegistryService,
    private readonly server: GrpcServer,
  ) {}

  register(): void {
    this.server.add(feastRegistryServer.RegistryServerService, {
      ...this.views(),
      ...this.otherObjects(),
      ...this.kindsWithoutObjects(),
      ...this.wholeRegistry(),
      ...refusals(this.server),
    });
  }

  private views(): UntypedServiceImplementation {
    const { registry } = this;
    return {
      getAnyFeatureView: this.unary('GetAnyFeatureView', (request: GetRequest) => ({
        anyFeatureView: registry.get('Feature view', ({ views }) => views, request),
      })),
      listAllFeatureViews: this.unary(
        'ListAllFeatureViews',
        (request: feastRegistryServer.ListAllFeatureViewsRequest) => {
          const { items, pagination } = registry.listViews(request);
          return { featureViews: items, pagination };
        },
      ),
      getFeatureView: this.get('GetFeatureView', 'Feature view', ({ featureViews }) => featureViews),
      listFeatureViews: this.list('ListFeatureViews', 'featureViews', ({ featureViews }) => featureViews),
      getOnDemandFeatureView: this.get('GetOnDemandFeatureView', 'On demand feature view', (all) => all.onDemandViews),
      listOnDemandFeatureViews: this.list(
        'ListOnDemandFeatureViews',
        'onDemandFeatureViews',
        ({ onDemandViews }) => onDemandViews,
      ),
    };
  }

  private otherObjects(): UntypedServiceImplementation {
    const { registry } = this;
    return {
      getEntity: this.get('GetEntity', 'Entity', ({ entities }) => entities),
      listEntities: this.list('ListEntities', 'entities', ({ entities }) => entities),
      getDataSource: this.get('GetDataSource', 'Data source', ({ dataSources }) => dataSources),
      listDataSources: this.list('ListDataSources', 'dataSources', ({ dataSources }) => dataSources),
      getFeatureService: this.get('GetFeatureService', 'Feature service', ({ services }) => services),
      listFeatureServices: this.unary(
        'ListFeatureServices',
        (request: feastRegistryServer.ListFeatureServicesRequest) => {
          const { items, pagination } = registry.listServices(request);
          return { featureServices: items, pagination };
        },
      ),
      getFeature: this.unary('GetFeature', (request: feastRegistryServer.GetFeatureRequest) =>
        registry.get('Feature', ({ features }) => features.filter(({ view }) => view === request.featureView), request),
      ),
      listFeatures: this.unary('ListFeatures', (request: feastRegistryServer.ListFeaturesRequest) => {
        const matches = (feature: RegistryObjects['features'][number]): boolean =>
          (request.featureView === '' || feature.view === request.featureView) &&
          (request.name === '' || feature.name === request.name) &&
          (request.kind === '' || feature.proto.kind === request.kind);
        const all = registry.list(({ features }) => features.filter(matches), { ...request, tags: {} });
        return { features: all.items, pagination: all.pagination };
      }),
    };
  }

  private kindsWithoutObjects(): UntypedServiceImplementation {
    const missing = (method: string, object: FeastObject): handleUnaryCall<GetRequest, unknown> =>
      this.unary(method, ({ name, project }: GetRequest) => {
        throw feastNotFound(object, name, project);
      });
    return {
      getStreamFeatureView: missing('GetStreamFeatureView', 'Feature view'),
      listStreamFeatureViews: this.list('ListStreamFeatureViews', 'items', NOTHING),
      getLabelView: missing('GetLabelView', 'Feature view'),
      listLabelViews: this.list('ListLabelViews', 'items', NOTHING),
      getSavedDataset: missing('GetSavedDataset', 'Saved dataset'),
      listSavedDatasets: this.list('ListSavedDatasets', 'items', NOTHING),
      getValidationReference: missing('GetValidationReference', 'Validation reference'),
      listValidationReferences: this.list('ListValidationReferences', 'items', NOTHING),
      getPermission: missing('GetPermission', 'Permission'),
      listPermissions: this.list('ListPermissions', 'items', NOTHING),
    };
  }

  private wholeRegistry(): UntypedServiceImplementation {
    const { registry } = this;
    const ofProject = <T>(method: string, answer: T): handleUnaryCall<feastRegistryServer.ProjectRequest, T> =>
      this.unary(method, ({ project }: feastRegistryServer.ProjectRequest) => {
        registry.checkProject(project);
        return answer;
      });
    return {
      getProject: this.unary('GetProject', ({ name }: feastRegistryServer.GetProjectRequest) => {
        registry.checkProject(name);
        return registry.list(({ projects }) => projects, { ...ALL, project: name }).items[0];
      }),
      listProjects: this.unary('ListProjects', (request: feastRegistryServer.ListProjectsRequest) => {
        const { items, pagination } = registry.list(({ projects }) => projects, { ...request, project: '' });
        return { projects: items, pagination };
      }),
      listProjectMetadata: ofProject('ListProjectMetadata', { projectMetadata: [] }),
      getInfra: ofProject('GetInfra', {}),
      refresh: ofProject('Refresh', {}),
      proto: this.unary('Proto', () => registry.whole()),
    };
  }

  private get<T>(method: string, object: FeastObject, among: Among<T>): handleUnaryCall<GetRequest, T> {
    return this.unary(method, (request: GetRequest) => this.registry.get(object, among, request));
  }

  private list<T>(method: string, field: string, among: Among<T>): handleUnaryCall<ListRequest, unknown> {
    return this.unary(method, (request: ListRequest) => {
      const { items, pagination } = this.registry.list(among, request);
      return { [field]: items, pagination };
    });
  }

  private unary<Request, Response>(
    method: string,
    answer: (request: Request) => Response,
  ): handleUnaryCall<Request, Response> {
    return this.server.unary(`Registry.${method}`, async (request: Request) => answer(request));
  }
}

const ALL = { tags: {}, pagination: undefined, sorting: undefined };
