import { unavailable } from '@fraudflow/core';
import type { ScoringModel } from './scoring-model.port.js';

/** Reference count of a model: the model is released once it is retired and its last call has ended. */
interface Tenure {
  readonly model: ScoringModel;
  users: number;
  retired: boolean;
}

/**
 * Holds the active model. A swap is one assignment: a call that began on the old model ends on it, and later calls use
 * the new model. No call uses a released model.
 */
export class ModelSlot {
  private tenure: Tenure | undefined;
  private readonly waiters = new Set<() => void>();

  /** @param onReleaseFailure called if freeing a retired model fails; serving continues. */
  constructor(private readonly onReleaseFailure: (model: ScoringModel, reason: unknown) => void) {}

  /** The active model, for reading its metadata. Call `use` to score with it. */
  get current(): ScoringModel | undefined {
    return this.tenure?.model;
  }

  /** Runs work on the active model. @throws AppError unavailable MODEL_NOT_LOADED before the first model. */
  async use<T>(work: (model: ScoringModel) => Promise<T>): Promise<T> {
    const { tenure } = this;
    if (!tenure) {
      throw unavailable('no model is loaded yet: no version is in stage Production, or the registry is unreachable', {
        code: 'MODEL_NOT_LOADED',
      });
    }
    tenure.users++;
    try {
      return await work(tenure.model);
    } finally {
      tenure.users--;
      this.releaseIfIdle(tenure);
    }
  }

  /** Activates a model. The previous model is released when its running work has ended. */
  swap(next: ScoringModel): void {
    const former = this.tenure;
    this.tenure = { model: next, users: 0, retired: false };
    for (const wake of this.waiters) wake();
    this.waiters.clear();
    if (former) this.retire(former);
  }

  /** Resolves when a model is active, or when the signal aborts. Never rejects. */
  whenLoaded(signal: AbortSignal): Promise<void> {
    if (this.tenure || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      this.waiters.add(resolve);
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
  }

  /** Deactivates the model; it is released when its running work has ended. */
  close(): void {
    const former = this.tenure;
    this.tenure = undefined;
    if (former) this.retire(former);
  }

  private retire(tenure: Tenure): void {
    tenure.retired = true;
    this.releaseIfIdle(tenure);
  }

  private releaseIfIdle(tenure: Tenure): void {
    if (!tenure.retired || tenure.users > 0) return;
    tenure.model.release().catch((reason: unknown) => this.onReleaseFailure(tenure.model, reason));
  }
}
