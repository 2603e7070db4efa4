import type { Clock } from '@fraudflow/core';
import type { FeatureRepository, FeatureViewDefinition } from '@fraudflow/features';
import { invalidRequest, featureViewUnknown, pushSourceUnknown, viewNotWritable } from '../values/request-errors.js';
import { type Frame, type FrameRules, rowsOfFrame } from './frame-rows.js';
import { instantFromMs } from '../values/instant.js';
import type { PushedRow } from './pushed-row.js';
import type { PushedRowArchive } from './pushed-row-archive.port.js';
import type { PushedRowStore, WriteOutcome } from './pushed-row-store.port.js';

/** Stores that pushed rows are written to. */
export type PushTarget = 'online' | 'offline' | 'online_and_offline';

const TARGETS: readonly PushTarget[] = ['online', 'offline', 'online_and_offline'];

export interface PushEvents {
  /** @param outcome undefined if nothing was written to the online store */
  pushed(view: string, target: PushTarget, rows: readonly PushedRow[], outcome: WriteOutcome | undefined): void;
  pushRequested(pushSource: string, target: PushTarget): void;
}

export interface PushParts extends FrameRules {
  readonly repository: FeatureRepository;
  readonly store: PushedRowStore;
  readonly archive: PushedRowArchive;
  readonly events: PushEvents;
  readonly clock: Clock;
}

/** Writes rows that users push. A repeated call has no effect, so clients may retry it. */
export class PushService {
  constructor(private readonly parts: PushParts) {}

  /**
   * Writes a frame to each view of a push source.
   * @param to `online`, `offline` or `online_and_offline`
   * @throws AppError invalid_input or not_found for a wrong request; unavailable
   */
  async push(sourceName: string, frame: Frame, to: unknown): Promise<void> {
    const target = TARGETS.find((candidate) => candidate === to);
    if (target === undefined) {
      const allowed = `Please specify one of these ['online', 'offline', 'online_and_offline'].`;
      throw invalidRequest(['to'], `${String(to)} is not a supported push format. ${allowed}`);
    }
    const views = this.parts.repository.views.filter((view) => view.pushSource === sourceName);
    if (views.length === 0) throw this.noSuchSource(sourceName);
    const frames = views.map((view) => ({ view, rows: this.rowsOf(view, frame) }));
    this.parts.events.pushRequested(sourceName, target);
    await Promise.all(frames.map(({ view, rows }) => this.write(view, rows, target)));
  }

  /** Writes a frame to one view's online rows. @throws as `push` */
  async writeToOnlineStore(viewName: string, frame: Frame): Promise<void> {
    const view = this.pushedView(viewName);
    await this.write(view, this.rowsOf(view, frame), 'online');
  }

  /** Writes typed rows, first to the archive: if the online write fails, a retry completes both. */
  async write(view: FeatureViewDefinition, rows: readonly PushedRow[], target: PushTarget): Promise<void> {
    if (target !== 'online') await this.parts.archive.append(view, rows);
    const outcome = target === 'offline' ? undefined : await this.parts.store.write(view, rows);
    this.parts.events.pushed(view.name, target, rows, outcome);
  }

  /** A pushed view by name. @throws AppError not_found FEATURE_VIEW_UNKNOWN, invalid_input VIEW_NOT_WRITABLE */
  pushedView(name: string): FeatureViewDefinition {
    const view = this.parts.repository.views.find((candidate) => candidate.name === name);
    if (view === undefined) throw featureViewUnknown(name, this.parts.repository.project);
    if (view.kind !== 'pushed') throw viewNotWritable(name);
    return view;
  }

  private rowsOf(view: FeatureViewDefinition, frame: Frame): readonly PushedRow[] {
    return rowsOfFrame(view, frame, instantFromMs(this.parts.clock.nowMs()), this.parts);
  }

  /** The error for an unknown source. For the name of a computed view it states the alternative. */
  private noSuchSource(name: string): Error {
    const isView = this.parts.repository.views.some((view) => view.name === name && view.kind !== 'pushed');
    return isView ? viewNotWritable(name) : pushSourceUnknown(name);
  }
}
