import { unavailable } from '@fraudflow/core';
import type { ScoringModel } from './scoring-model.port.js';

/** The time a model is active: it is released when it is retired and its last user has finished. */
interface Tenure {
  readonly model: ScoringModel;
  users: number;
  retired: boolean;
}

/**
 * Holds the active model. A swap is one assignment: work that began on the old model ends on it, work that begins
 * afterwards uses the new one, and no call ever meets a released model.
 */
export class ModelSlot {
  private tenure: Tenure | undefined;
  private readonly waiting = new Set<() => void>();

  /** @param onReleaseFailure called when freeing a retired model fails; serving goes on. */
  constructor(private readonly onReleaseFailure: (model: ScoringModel, reason: unknown) => void) {}

  /** The active model, for reading its name; to score with it, `use` it. */
  get current(): ScoringModel | undefined {
    return this.tenure?.model;
  }

  /** Runs work on the active model. @throws AppError unavailable MODEL_NOT_LOADED before the first one. */
  async use<T>(work: (model: ScoringModel) => Promise<T>): Promise<T> {
    const { tenure } = this;
    if (!tenure) {
      throw unavailable('no model is loaded yet: no version is in stage Production, or the registry was not reached', {
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

  /** Activates a model. The former one is released when its running work has ended. */
  swap(next: ScoringModel): void {
    const former = this.tenure;
    this.tenure = { model: next, users: 0, retired: false };
    for (const wake of this.waiting) wake();
    this.waiting.clear();
    if (former) this.retire(former);
  }

  /** Resolves when a model is active, or when the signal aborts. Never rejects. */
  whenLoaded(signal: AbortSignal): Promise<void> {
    if (this.tenure || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      this.waiting.add(resolve);
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
