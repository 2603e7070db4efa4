import { AppError, asError, delay } from '@fraudflow/core';
import { guardedLoad } from './guarded-load.js';
import type { LastGoodModel } from './last-good-model.port.js';
import type { ModelArtifact } from './model-artifact.js';
import type { ModelRepository } from './model-repository.port.js';
import type { ModelSlot } from './model-slot.js';
import type { ScoringModel } from './scoring-model.port.js';

/** Receives the events of the model loader. */
export interface ModelLoaderEvents {
  modelSwapped(next: ScoringModel, former: ScoringModel | undefined): void;
  modelRefused(version: string, reason: AppError): void;
  modelRefreshFailed(reason: Error): void;
  /** The last good model serves, because Production is unusable or the registry is unreachable. */
  lastGoodModelServes(model: ScoringModel): void;
  /** The folder of the last good model cannot be read or written. */
  modelFolderFailed(reason: Error): void;
}

export interface ModelLoaderOptions {
  readonly repository: ModelRepository;
  readonly slot: ModelSlot;
  readonly load: (artifact: ModelArtifact) => Promise<ScoringModel>;
  readonly lastGood: LastGoodModel;
  readonly events: ModelLoaderEvents;
  readonly pollMs: number;
  readonly retryMs: number;
}

export type VersionState = 'loading' | 'available' | 'refused';

export interface VersionStatus {
  readonly version: string;
  readonly state: VersionState;
  /** Reason of a refusal; empty otherwise. */
  readonly message: string;
}

/** Largest number of refused versions kept with their reason; the oldest are dropped. */
const MAX_REFUSED = 20;

/**
 * Loads the Production version into the slot: at start, on a model event, and on a slow poll. An unfit version is
 * refused once and the active model stays. If no model is active yet, because Production is unfit or the registry is
 * unreachable, the last good model is served. A version that leaves Production without a successor stays active.
 */
export class ModelLoader {
  private readonly stopping = new AbortController();
  private readonly refused = new Map<string, string>();
  private loading: string | undefined;
  private wakeUp = new AbortController();
  private loop: Promise<void> | undefined;
  private production: string | undefined;
  private hasTriedLastGood = false;

  constructor(private readonly options: ModelLoaderOptions) {}

  start(): void {
    this.loop ??= this.run();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    this.wakeUp.abort();
    await this.loop;
  }

  /** Polls the registry immediately and allows refused versions to be tried again. */
  wake(): void {
    this.refused.clear();
    this.wakeUp.abort();
  }

  /** Status of every version that this process has loaded or refused, newest first. */
  statuses(): readonly VersionStatus[] {
    const current = this.options.slot.current?.version;
    const known: VersionStatus[] = [...this.refused].map(([version, message]) => ({
      version,
      state: 'refused',
      message,
    }));
    if (this.loading !== undefined) known.push({ version: this.loading, state: 'loading', message: '' });
    if (current !== undefined) known.push({ version: current, state: 'available', message: '' });
    return known.toSorted((a, b) => Number(b.version) - Number(a.version));
  }

  /** The Production version and the reason, if it was refused. */
  refusedProduction(): { readonly version: string; readonly reason: string } | undefined {
    const reason = this.production === undefined ? undefined : this.refused.get(this.production);
    return this.production === undefined || reason === undefined ? undefined : { version: this.production, reason };
  }

  /** Polls the registry once. Never rejects. @returns false if the next poll should follow after the short interval. */
  async refresh(): Promise<boolean> {
    const { repository, slot, events } = this.options;
    try {
      const version = await repository.productionVersion();
      this.production = version;
      if (version === undefined || version === slot.current?.version) return slot.current !== undefined;
      if (!this.refused.has(version)) await this.take(version);
      if (!slot.current) await this.takeLastGood();
      return slot.current !== undefined;
    } catch (thrown) {
      events.modelRefreshFailed(asError(thrown));
      if (!slot.current) await this.takeLastGood();
      return false;
    } finally {
      this.loading = undefined;
    }
  }

  private async take(version: string): Promise<void> {
    const { repository } = this.options;
    this.loading = version;
    try {
      const artifact = await repository.download(version);
      await this.activate(artifact);
      await this.keep(artifact);
    } catch (thrown) {
      this.refuse(version, thrown);
    }
  }

  /** Tried at most once per process, because a repeated attempt would fail in the same way. */
  private async takeLastGood(): Promise<void> {
    if (this.hasTriedLastGood) return;
    this.hasTriedLastGood = true;
    const artifact = await this.readLastGood();
    if (!artifact) return;
    try {
      this.options.events.lastGoodModelServes(await this.activate(artifact));
    } catch (thrown) {
      if (thrown instanceof AppError && thrown.kind === 'invalid_input') this.refuse(artifact.version, thrown);
      else this.options.events.modelRefreshFailed(asError(thrown));
    }
  }

  private async activate(artifact: ModelArtifact): Promise<ScoringModel> {
    const { slot, events } = this.options;
    const next = await guardedLoad(artifact, this.options);
    const former = slot.current;
    slot.swap(next);
    events.modelSwapped(next, former);
    return next;
  }

  /** Records a refusal. @throws the given error if the version did not cause it. */
  private refuse(version: string, thrown: unknown): void {
    if (!(thrown instanceof AppError) || thrown.kind !== 'invalid_input') throw thrown;
    this.refused.set(version, thrown.message);
    for (const oldest of this.refused.keys()) {
      if (this.refused.size <= MAX_REFUSED) break;
      this.refused.delete(oldest);
    }
    this.options.events.modelRefused(version, thrown);
  }

  private async keep(artifact: ModelArtifact): Promise<void> {
    const { lastGood, events } = this.options;
    await lastGood.keep(artifact).catch((thrown: unknown) => events.modelFolderFailed(asError(thrown)));
  }

  private async readLastGood(): Promise<ModelArtifact | undefined> {
    const { lastGood, events } = this.options;
    try {
      return await lastGood.read();
    } catch (thrown) {
      events.modelFolderFailed(asError(thrown));
      return undefined;
    }
  }

  private async run(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      this.wakeUp = new AbortController();
      const isSettled = await this.refresh();
      if (this.stopping.signal.aborted) return;
      await delay(isSettled ? this.options.pollMs : this.options.retryMs, this.wakeUp.signal);
    }
  }
}
