import { AppError, asError, delay } from '@fraudflow/core';
import type { ModelArtifact } from './model-artifact.js';
import type { ModelRepository } from './model-repository.port.js';
import type { ModelSlot } from './model-slot.js';
import type { ScoringModel } from './scoring-model.port.js';

/** What the keeper tells about itself. */
export interface ModelKeeperEvents {
  modelSwapped(next: ScoringModel, former: ScoringModel | undefined): void;
  modelRefused(version: string, reason: AppError): void;
  modelRefreshFailed(reason: Error): void;
}

export interface ModelKeeperOptions {
  readonly repository: ModelRepository;
  readonly slot: ModelSlot;
  readonly load: (artifact: ModelArtifact) => Promise<ScoringModel>;
  readonly events: ModelKeeperEvents;
  readonly pollMs: number;
  readonly retryMs: number;
}

export type VersionState = 'loading' | 'available' | 'refused';

export interface VersionStatus {
  readonly version: string;
  readonly state: VersionState;
  /** Why it was refused. */
  readonly message: string;
}

/**
 * Keeps the slot filled with the Production version: at start, when woken by an event, and by a slow poll. A version that
 * is not fit is refused once and the model in charge stays; a version taken out of Production without a successor stays, too.
 */
export class ModelKeeper {
  private readonly stopping = new AbortController();
  private readonly refused = new Map<string, string>();
  private loading: string | undefined;
  private wakeUp = new AbortController();
  private loop: Promise<void> | undefined;

  constructor(private readonly options: ModelKeeperOptions) {}

  start(): void {
    this.loop ??= this.run();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    this.wakeUp.abort();
    await this.loop;
  }

  /** Something changed in the registry: look now, and give refused versions another chance. */
  wake(): void {
    this.refused.clear();
    this.wakeUp.abort();
  }

  /** Every version this process knows of, newest first. */
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

  /** Looks once. @returns false if it should be tried again soon. Never rejects. */
  async refresh(): Promise<boolean> {
    const { repository, slot, events } = this.options;
    try {
      const version = await repository.productionVersion();
      if (version === undefined || version === slot.current?.version || this.refused.has(version)) {
        return slot.current !== undefined;
      }
      await this.take(version);
      return true;
    } catch (thrown) {
      events.modelRefreshFailed(asError(thrown));
      return false;
    } finally {
      this.loading = undefined;
    }
  }

  private async take(version: string): Promise<void> {
    const { repository, slot, load, events } = this.options;
    this.loading = version;
    let next: ScoringModel;
    try {
      next = await load(await repository.download(version));
    } catch (thrown) {
      if (!(thrown instanceof AppError) || thrown.kind !== 'invalid_input') throw thrown;
      this.refused.set(version, thrown.message);
      return events.modelRefused(version, thrown);
    }
    const former = slot.current;
    slot.swap(next);
    events.modelSwapped(next, former);
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
