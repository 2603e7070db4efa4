import { feastRegistryServer } from '@fraudflow/contracts';
import { feastNotFound, projectNotFound, type FeastObject } from '../errors/coded-error.js';
import { pageOf, type ListOptions, type Page } from './listing.js';
import type { Listed, ListedView, RegistryObjects } from './registry-objects.js';

interface Named {
  readonly name: string;
  readonly project: string;
}

/** A list request: the project and the list options. */
export type ListQuery = ListOptions & { readonly project: string };

/** Reads definitions by name and in lists. An empty project name means the only project of this registry. */
export class FeastRegistryService {
  constructor(private readonly objects: RegistryObjects) {}

  /** @throws AppError not_found, a Feast error: the project or the name does not exist. */
  get<T>(object: FeastObject, among: (objects: RegistryObjects) => readonly Listed<T>[], wanted: Named): T {
    this.checkProject(wanted.project);
    const found = among(this.objects).find(({ name }) => name === wanted.name);
    if (found === undefined) throw feastNotFound(object, wanted.name, this.objects.project);
    return found.proto;
  }

  /** @throws AppError not_found, a Feast error: the project does not exist. */
  list<T>(among: (objects: RegistryObjects) => readonly Listed<T>[], query: ListQuery): Page<T> {
    this.checkProject(query.project);
    return pageOf(among(this.objects), query);
  }

  /** Views that match all objects named in the request; an empty name matches every view. */
  listViews(request: feastRegistryServer.ListAllFeatureViewsRequest): Page<feastRegistryServer.AnyFeatureView> {
    const { entity, feature, featureService, dataSource } = request;
    const served = featureService === '' ? undefined : this.viewsServedBy(featureService);
    const matches = ({ definition, sourceNames, name }: ListedView): boolean =>
      (entity === '' || definition.entities.some((one) => one === entity)) &&
      (feature === '' || definition.features.some((one) => one.name === feature)) &&
      (dataSource === '' || sourceNames.includes(dataSource)) &&
      (served === undefined || served.has(name));
    return this.list(({ views }) => views.filter(matches), request);
  }

  /** Services that serve features of the requested view; all services if the request names none. */
  listServices(
    request: feastRegistryServer.ListFeatureServicesRequest,
  ): Page<RegistryObjects['services'][number]['proto']> {
    const { featureView } = request;
    const matches = ({ name }: { readonly name: string }): boolean =>
      featureView === '' || this.viewsServedBy(name).has(featureView);
    return this.list(({ services }) => services.filter(matches), request);
  }

  checkProject(name: string): void {
    if (name !== '' && name !== this.objects.project) throw projectNotFound(name);
  }

  whole(): ReturnType<RegistryObjects['whole']> {
    return this.objects.whole();
  }

  private viewsServedBy(service: string): ReadonlySet<string> {
    const found = this.objects.services.find(({ name }) => name === service);
    return new Set(found?.proto.spec?.features.map(({ featureViewName }) => featureViewName));
  }
}
