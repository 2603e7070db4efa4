import { asError } from '@fraudflow/core';
import type { FeatureRepository, FeatureViewDefinition } from '@fraudflow/features';
import { invalidRequest, featureViewUnknown, featureViewVersionUnknown } from '../values/request-errors.js';
import type { PushedRow } from './pushed-row.js';
import type { EventSpan, PushedRowArchive } from './pushed-row-archive.port.js';
import type { PushedRowStore } from './pushed-row-store.port.js';

const LATEST = 'latest';

export interface MaterializationParts {
  readonly repository: FeatureRepository;
  readonly archive: Pick<PushedRowArchive, 'rowsIn'>;
  readonly store: Pick<PushedRowStore, 'write'>;
  readonly events: MaterializationEvents;
}

export interface MaterializationEvents {
  /** @param written number of rows that were newer than the online row */
  materialized(view: string, rows: number, written: number): void;
  materializationFailed(view: string, error: Error): void;
}

/** Request of Feast's materialize calls. */
export interface MaterializationRequest {
  /** Undefined = all views with stored values. */
  readonly names: readonly string[] | undefined;
  readonly version: string | undefined;
  /** Event times, both ends included. */
  readonly span: EventSpan;
}

/**
 * Feast's materialize calls: copies archived rows of pushed views, e.g. rows pushed `to=offline`, to the online store,
 * which keeps the newest row of each entity. A repeated call has no effect. Computed views are always online.
 */
export class MaterializationService {
  /** Views that are being materialized in the background. */
  private readonly running = new Set<string>();

  constructor(private readonly parts: MaterializationParts) {}

  /**
   * Resolves when all rows are online.
   * @returns the names of the selected views
   * @throws AppError not_found for an unknown view or version; invalid_input for a version without a view; unavailable
   */
  async materialize(request: MaterializationRequest): Promise<readonly string[]> {
    const views = this.viewsOf(request);
    for (const view of views) await this.materializeView(view, request.span);
    return views.map(({ name }) => name);
  }

  /** Checks like `materialize`, then continues in the background. A view that a run already materializes is skipped. */
  begin(request: MaterializationRequest): readonly string[] {
    const views = this.viewsOf(request);
    const added = views.filter(({ name }) => !this.running.has(name));
    for (const { name } of added) this.running.add(name);
    void this.runAll(added, request.span);
    return views.map(({ name }) => name);
  }

  private async runAll(views: readonly FeatureViewDefinition[], span: EventSpan): Promise<void> {
    for (const view of views) {
      try {
        await this.materializeView(view, span);
      } catch (thrown) {
        this.parts.events.materializationFailed(view.name, asError(thrown));
      } finally {
        this.running.delete(view.name);
      }
    }
  }

  private async materializeView(view: FeatureViewDefinition, span: EventSpan): Promise<void> {
    if (view.kind !== 'pushed') return;
    const { archive, store, events } = this.parts;
    let rows = 0;
    let written = 0;
    for await (const page of archive.rowsIn(view, span)) {
      rows += page.length;
      written += (await store.write(view, newestOfEach(page))).written;
    }
    events.materialized(view.name, rows, written);
  }

  private viewsOf({ names, version }: MaterializationRequest): readonly FeatureViewDefinition[] {
    const { views, project } = this.parts.repository;
    const stored = views.filter(({ kind }) => kind !== 'request');
    const requested = names?.map((name) => {
      const found = views.find((view) => view.name === name);
      if (found === undefined) throw featureViewUnknown(name, project);
      return found;
    });
    this.refuseVersion(names, version);
    return requested ?? stored;
  }

  private refuseVersion(names: readonly string[] | undefined, version: string | undefined): void {
    if (version === undefined || version === LATEST) return;
    if (names?.[0] === undefined) throw invalidRequest(['version'], 'a version needs feature_views');
    throw featureViewVersionUnknown(names[0], version, this.parts.repository.project);
  }
}

/** The last row of each entity. @param rows by event time, then creation */
function newestOfEach(rows: readonly PushedRow[]): readonly PushedRow[] {
  return [...new Map(rows.map((row) => [row.entityKey, row])).values()];
}
