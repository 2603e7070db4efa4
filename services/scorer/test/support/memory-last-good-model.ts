import { LastGoodModel } from '../../src/models/last-good-model.port.js';
import type { ModelArtifact } from '../../src/models/model-artifact.js';

/** In-memory store. Pass it to a second scorer to test a restart. */
export class MemoryLastGoodModel extends LastGoodModel {
  kept: ModelArtifact | undefined;
  failure: Error | undefined;
  private readonly loads = new Map<string, number>();

  override async read(): Promise<ModelArtifact | undefined> {
    if (this.failure) throw this.failure;
    return this.kept;
  }

  override async keep(artifact: ModelArtifact): Promise<void> {
    if (this.failure) throw this.failure;
    this.kept = artifact;
  }

  override async loadBegins(digest: string): Promise<number> {
    if (this.failure) throw this.failure;
    const before = this.loads.get(digest) ?? 0;
    this.loads.set(digest, before + 1);
    return before;
  }

  override async loadEnds(digest: string): Promise<void> {
    this.loads.delete(digest);
  }
}
