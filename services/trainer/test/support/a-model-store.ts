import { conflict } from '@fraudflow/core';
import {
  type Champion,
  ModelStore,
  type StoredTraining,
  type StoredVersion,
  type TrainingRecord,
} from '../../src/models/model-store.port.js';

export interface StoredRecord {
  readonly record: TrainingRecord;
  stage: string;
}

/** In-memory registry, shared by several pipelines in a test. */
export class FakeModelStore extends ModelStore {
  /** Index 0 is version 1. */
  readonly versions: StoredRecord[] = [];
  current: Champion | undefined;

  override async champion(): Promise<Champion | undefined> {
    return this.current;
  }

  override async findByRequest(_model: string, requestId: string): Promise<StoredTraining | undefined> {
    const index = this.versions.findIndex(({ record }) => record.requestId === requestId);
    const found = this.versions[index];
    if (found === undefined) return undefined;
    return { version: String(index + 1), runId: `r${index + 1}`, stage: found.stage, verdict: found.record.verdict };
  }

  override async store(_model: string, record: TrainingRecord): Promise<StoredVersion> {
    const number = this.versions.push({ record, stage: 'None' });
    return { version: String(number), runId: `r${number}` };
  }

  override async promote(_model: string, version: string, expected: string | undefined): Promise<void> {
    if (this.current?.version === version) return;
    if (this.current?.version !== expected) {
      throw conflict(
        `version ${version} was evaluated against ${expected}, but the active version is ${this.current?.version}`,
        {
          code: 'CHAMPION_CHANGED',
        },
      );
    }
    for (const other of this.versions) if (other.stage === 'Production') other.stage = 'Archived';
    const found = this.versions[Number(version) - 1];
    if (found) found.stage = 'Production';
    this.current = { version, model: new Uint8Array() };
  }
}

/** Injects faults before the effect of a call, or after it (lost response). */
export class FaultyModelStore extends ModelStore {
  /** Number of the call, from 0. */
  calls = 0;

  constructor(
    private readonly inner: ModelStore,
    private readonly fault: (call: number, moment: 'before' | 'after') => void,
  ) {
    super();
  }

  override champion(model: string): Promise<Champion | undefined> {
    return this.call(() => this.inner.champion(model));
  }

  override findByRequest(model: string, requestId: string): Promise<StoredTraining | undefined> {
    return this.call(() => this.inner.findByRequest(model, requestId));
  }

  override store(model: string, record: TrainingRecord): Promise<StoredVersion> {
    return this.call(() => this.inner.store(model, record));
  }

  override promote(model: string, version: string, expected: string | undefined): Promise<void> {
    return this.call(() => this.inner.promote(model, version, expected));
  }

  private async call<T>(work: () => Promise<T>): Promise<T> {
    const number = this.calls++;
    this.fault(number, 'before');
    const result = await work();
    this.fault(number, 'after');
    return result;
  }
}
