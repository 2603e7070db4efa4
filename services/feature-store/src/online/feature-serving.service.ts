import type { Clock } from '@fraudflow/core';
import type { FeatureDefinition, FeatureViewDefinition } from '@fraudflow/features';
import type { OnlineFeatures, OnlineRow } from './online-features.js';
import { type EntityRows, readEntityRows, type RequestColumns } from './entity-rows.js';
import type { FeatureResolver, FeatureSelection, Resolution } from './feature-resolver.js';
import { MAX_GROUP_ROWS, type OnlineReadPlan, planOnlineReads, type ReadGroup } from './online-read-plan.js';
import { entityKeyOf, type PushedRow } from '../pushed/pushed-row.js';
import type { PushedRowStore } from '../pushed/pushed-row-store.port.js';
import type { ServedFeatures, ServedView } from './served-features.js';
import { serveComputedView, servePushedView } from './served-view.js';

export interface OnlineRequest {
  readonly selection: FeatureSelection;
  /** `view__feature` instead of `feature`. */
  readonly fullNames: boolean;
  /** Join keys and request data, one value per row. */
  readonly columns: RequestColumns;
}

/** Receives events of served requests. */
export interface ServingEvents {
  served(features: ServedFeatures, readSeconds: number): void;
}

/** Reads computed features; implemented by `OnlineFeaturesService`. */
export interface OnlineReads {
  /**
   * Vectors of all computed features, in the order of the rows.
   * @param asOfMs event time of the read; 0 = the row's transaction, or else the entity's newest event
   * @param wanted features to evaluate; slots of others may stay empty. Equal lists are the same array
   */
  get(
    rows: readonly OnlineRow[],
    asOfMs: number,
    wanted: readonly FeatureDefinition[],
  ): Promise<readonly OnlineFeatures[]>;
}

export interface FeatureServingParts {
  readonly resolver: FeatureResolver;
  readonly online: OnlineReads;
  readonly pushed: PushedRowStore;
  readonly events: ServingEvents;
  readonly clock: Clock;
  readonly maxRows: number;
}

/** Online features as Feast requests them: any features, many entity rows, one round trip to Redis. */
export class FeatureServing {
  constructor(private readonly parts: FeatureServingParts) {}

  /**
   * Values as of each row's `occurred_at` with the request transaction, or as of the entity's newest event.
   * @throws AppError not_found or invalid_input for a wrong request; unavailable
   */
  async getOnlineFeatures(request: OnlineRequest): Promise<ServedFeatures> {
    const resolution = this.parts.resolver.resolve(request.selection, request.fullNames);
    const rows = readEntityRows(request.columns, resolution, this.parts.maxRows);
    const startedAtMs = performance.now();
    const views = await this.read(rows, resolution);
    const features = { rowCount: rows.rowCount, entities: rows.entities, resolution, views };
    this.parts.events.served(features, (performance.now() - startedAtMs) / 1_000);
    return features;
  }

  /** Starts all reads in the same tick, so that they share one round trip. */
  private async read(rows: EntityRows, resolution: Resolution): Promise<readonly ServedView[]> {
    const reading = resolution.hasComputed ? this.readComputed(rows, resolution) : NOTHING;
    const pushed = resolution.hasPushed ? await this.readAllPushed(rows, resolution, reading) : [];
    const answers = await reading;
    const nowMs = this.parts.clock.nowMs();
    return resolution.views.map((view, i) => {
      const stored = pushed[i];
      return stored === undefined
        ? serveComputedView(view, rows, answers, nowMs)
        : servePushedView(view, rows, stored, nowMs);
    });
  }

  private async readComputed(
    rows: EntityRows,
    { computedKeys, computed }: Resolution,
  ): Promise<readonly OnlineFeatures[]> {
    const plan = planOnlineReads(rows, computedKeys);
    const [first] = plan.groups;
    if (first !== undefined && plan.groups.length === 1) {
      return fanOut(plan, [await this.parts.online.get(first.rows, first.asOfMs, computed)], rows.rowCount);
    }
    const groups: (readonly OnlineFeatures[])[] = [];
    while (groups.length < plan.groups.length) {
      const reads = nextGroups(plan.groups, groups.length).map((group) =>
        this.parts.online.get(group.rows, group.asOfMs, computed),
      );
      groups.push(...(await Promise.all(reads)));
    }
    return fanOut(plan, groups, rows.rowCount);
  }

  /** Also waits for the computed reads, so that no rejection stays unhandled. */
  private async readAllPushed(
    rows: EntityRows,
    resolution: Resolution,
    computed: Promise<unknown>,
  ): Promise<readonly (readonly (PushedRow | undefined)[] | undefined)[]> {
    const reads = resolution.views.map((view) =>
      view.kind === 'pushed' ? this.readPushed(view, rows) : Promise.resolve(undefined),
    );
    const [stored] = await Promise.all([Promise.all(reads), computed]);
    return stored;
  }

  private async readPushed(view: FeatureViewDefinition, rows: EntityRows): Promise<readonly (PushedRow | undefined)[]> {
    const placeOfKey = new Map<string, number>();
    const places = entityKeys(view, rows).map((key) => (key === undefined ? -1 : placeFor(placeOfKey, key)));
    const stored = placeOfKey.size === 0 ? [] : await this.parts.pushed.read(view, [...placeOfKey.keys()]);
    return places.map((place) => stored[place]);
  }
}

const NOTHING: Promise<readonly OnlineFeatures[]> = Promise.resolve([]);

/** The next groups that together have at most the rows of one full group. Other requests run between such batches. */
function nextGroups(groups: readonly ReadGroup[], from: number): readonly ReadGroup[] {
  let to = from;
  let count = 0;
  do count += groups[to++]?.rows.length ?? 0;
  while (to < groups.length && count + (groups[to]?.rows.length ?? 0) <= MAX_GROUP_ROWS);
  return groups.slice(from, to);
}

function fanOut(
  plan: OnlineReadPlan,
  groups: readonly (readonly OnlineFeatures[])[],
  rowCount: number,
): readonly OnlineFeatures[] {
  const [only] = groups;
  if (groups.length === 1 && only?.length === rowCount) return only;
  const answers: OnlineFeatures[] = [];
  for (let row = 0; row < rowCount; row++) {
    const answer = groups[plan.groupOf[row] ?? 0]?.[plan.placeOf[row] ?? 0];
    if (answer !== undefined) answers.push(answer);
  }
  return answers;
}

/** One key per row; undefined if a part of it is missing. */
function entityKeys(view: FeatureViewDefinition, rows: EntityRows): readonly (string | undefined)[] {
  const columns = view.entities.map((name) => rows.entities.find((entity) => entity.name === name)?.ids ?? []);
  return Array.from({ length: rows.rowCount }, (_, row) => {
    const ids = columns.map((column) => column[row] ?? null);
    return ids.includes(null) || ids.includes('') ? undefined : entityKeyOf(ids as readonly string[]);
  });
}

function placeFor(places: Map<string, number>, key: string): number {
  const known = places.get(key);
  if (known !== undefined) return known;
  places.set(key, places.size);
  return places.size - 1;
}
