import type { Clock } from '@fraudflow/core';
import {
  type FeatureRepository,
  type FeatureViewDefinition,
  featureViewByName,
  type StreamedFeatures,
} from '@fraudflow/features';
import type { FeatureRow } from '../offline/sink/offline-store.port.js';
import { toMs } from '../values/instant.js';
import type { PushEvents } from '../pushed/push.service.js';
import type { FeatureValue, PushedRow } from '../pushed/pushed-row.js';
import { RowSource } from './row-source.js';
import type { ViewFigures } from './view-statistics.js';

/** The counted parts of a row of the stream. */
export type StreamRow = Pick<FeatureRow, 'occurredAtMs' | 'customerId' | 'terminalId' | 'names' | 'vector'>;

/**
 * The part of a source that belongs to a view: the columns of its features, and the places of its entities among the
 * keys.
 */
export interface ViewPart {
  readonly view: FeatureViewDefinition;
  readonly source: RowSource;
  readonly columns: readonly number[];
  readonly keys: readonly number[];
}

const STREAM_ENTITIES = ['customer_id', 'terminal_id'] as const;

/**
 * Statistics of the rows of each view since the start of this worker, for the partitions that it reads. A row of the
 * stream is a row of each computed view, so their rows, lag and freshness are counted once. Takes less than 0.3 µs per
 * row.
 */
export class FeatureStatistics {
  readonly sinceMs: number;
  readonly parts: readonly ViewPart[];
  private readonly stream: RowSource;
  private lastNames: readonly string[] | undefined;
  private lastIsStreamed = false;
  private readonly pushedParts: ReadonlyMap<string, ViewPart>;

  constructor(
    readonly repository: FeatureRepository,
    private readonly streamed: StreamedFeatures,
    private readonly clock: Clock,
  ) {
    this.sinceMs = clock.nowMs();
    this.stream = new RowSource(streamed.features, STREAM_ENTITIES, this.sinceMs);
    this.parts = repository.views.map((view) =>
      view.kind === 'pushed' ? pushedPart(view, this.sinceMs) : this.streamPart(view),
    );
    this.pushedParts = new Map(this.parts.filter(({ view }) => view.kind === 'pushed').map((p) => [p.view.name, p]));
  }

  /**
   * Counts rows of the stream.
   * @param writtenAtMs per row: time at which it was appended to the log, ms
   */
  observe(rows: readonly StreamRow[], writtenAtMs: ArrayLike<number>): void {
    const { stream } = this;
    const [customers, terminals] = stream.keys;
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i] as StreamRow;
      stream.flow.add(row.occurredAtMs, writtenAtMs[i] as number);
      // A row of another feature service, from before the setting was changed, has its values in other places.
      if (this.isStreamed(row.names)) stream.addValues(row.vector);
      customers?.add(row.customerId);
      terminals?.add(row.terminalId);
    }
  }

  /** Counts rows pushed to a view. Rows of other views are ignored. */
  observePushed(view: string, rows: readonly PushedRow[]): void {
    const part = this.pushedParts.get(view);
    if (part === undefined) return;
    for (const { entityKey, eventAt, createdAt, values } of rows) {
      part.source.flow.add(toMs(eventAt), toMs(createdAt));
      part.source.addValues(values.map(numberOf));
      part.source.keys[0]?.add(entityKey);
    }
  }

  /** Wraps a listener of pushes, so that pushed rows are counted as well. */
  decorate(events: PushEvents): PushEvents {
    return {
      pushRequested: (source, target) => events.pushRequested(source, target),
      pushed: (view, target, rows, outcome) => {
        this.observePushed(view, rows);
        events.pushed(view, target, rows, outcome);
      },
    };
  }

  /**
   * The statistics of some views.
   * @param views names; empty = all
   * @param hotKeys largest number of listed keys per entity
   * @throws AppError not_found `FEATURE_VIEW_UNKNOWN`
   */
  describe(views: readonly string[], hotKeys: number): readonly ViewFigures[] {
    const selected = new Set(views.map((name) => featureViewByName(name).name));
    const nowMs = this.clock.nowMs();
    return this.parts
      .filter(({ view }) => selected.size === 0 || selected.has(view.name))
      .map(({ view, source, columns, keys }) => ({
        view: view.name,
        kind: view.kind,
        flow: source.flow.describe(nowMs),
        entities: keys.flatMap((place) => source.keys[place]?.describe(hotKeys) ?? []),
        features: columns.map((column) => source.describe(column)),
      }));
  }

  /** Rows of one feature service share the array of names, so it is compared once. */
  private isStreamed(names: readonly string[]): boolean {
    if (names !== this.lastNames) {
      const { names: ours } = this.streamed;
      this.lastNames = names;
      this.lastIsStreamed = names.length === ours.length && names.every((name, i) => name === ours[i]);
    }
    return this.lastIsStreamed;
  }

  nowMs(): number {
    return this.clock.nowMs();
  }

  private streamPart(view: FeatureViewDefinition): ViewPart {
    return {
      view,
      source: this.stream,
      columns: view.features.map(({ name }) => this.streamed.names.indexOf(name)).filter((column) => column >= 0),
      keys: view.entities.map((entity) => STREAM_ENTITIES.indexOf(entity)),
    };
  }
}

function pushedPart(view: FeatureViewDefinition, sinceMs: number): ViewPart {
  // A composite key counts as one key, as in the store.
  const source = new RowSource(view.features, [view.entities.join(', ')], sinceMs);
  return { view, source, columns: view.features.map((_, i) => i), keys: [0] };
}

/** Text counts as present, without a number. */
function numberOf(value: FeatureValue): number {
  if (value === null) return Number.NaN;
  return typeof value === 'string' ? 0 : Number(value);
}
