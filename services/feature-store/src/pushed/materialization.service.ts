import { asError } from '@fraudflow/core';
import type { FeatureRepository, FeatureViewDefinition } from '@fraudflow/features';
import { badRequest, featureViewNotFound, featureViewVersionNotFound } from '../protocols/feast/errors/feast-error.js';
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
  /** @param written rows that are newer than what was online */
  materialized(view: string, rows: number, written: number): void;
  materializationFailed(view: string, error: Error): void;
}

/** What Feast's materialize calls ask for. */
export interface MaterializationRequest {
  /** Absent = all views that keep something. */
  readonly names: readonly string[] | undefined;
  readonly version: string | undefined;
  /** Event times, both ends included. */
  readonly span: EventSpan;
}

/**
 * Feast's materialize calls: puts archived rows of pushed views, such as those pushed `to=offline`, into the online
 * store, where the newest of each entity stays; so a call can be repeated. Computed views follow the log and are online
 * already.
 */
export class MaterializationService {
  /** Views that are under way in the background. */
  private readonly running = new Set<string>();

  constructor(private readonly parts: MaterializationParts) {}

  /**
   * Resolves when all rows are online.
   * @returns the views meant
   * @throws FeastError for an unknown view or version; RequestError for a version without a view; AppError unavailable
   */
  async materialize(request: MaterializationRequest): Promise<readonly string[]> {
    const views = this.viewsOf(request);
    for (const view of views) await this.materializeView(view, request.span);
    return views.map(({ name }) => name);
  }

  /** Checks as `materialize` does, then goes on by itself; a view that is under way already is left to that run. */
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
    const asked = names?.map((name) => {
      const found = views.find((view) => view.name === name);
      if (found === undefined) throw featureViewNotFound(name, project);
      return found;
    });
    this.refuseVersion(names, version);
    return asked ?? stored;
  }

  private refuseVersion(names: readonly string[] | undefined, version: string | undefined): void {
    if (version === undefined || version === LATEST) return;
    if (names?.[0] === undefined) throw badRequest(['version'], 'a version needs feature_views');
    throw featureViewVersionNotFound(names[0], version, this.parts.repository.project);
  }
}

/** The last row of each entity. @param rows by event time, then creation */
function newestOfEach(rows: readonly PushedRow[]): readonly PushedRow[] {
  return [...new Map(rows.map((row) => [row.entityKey, row])).values()];
}
