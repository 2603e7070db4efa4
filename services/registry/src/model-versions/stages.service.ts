import { Injectable } from '@nestjs/common';
import { requireRegisteredModel } from '../registered-models/require-registered-model.js';
import { RegistryClock } from '../storage/registry-clock.js';
import { RegistryStore, type RegistryUnit } from '../storage/registry-store.port.js';
import { type EventContext, stageChanged } from './model-events.js';
import type { ModelVersion, Stage } from './model-version.js';
import { requireModelVersion } from './require-model-version.js';
import { checkMayArchiveOthers, parseStage } from './stage.js';

export interface StageTransition {
  readonly name: string;
  readonly version: number;
  readonly stage: string;
  /** Moves the versions that hold the stage now to Archived. */
  readonly archiveExisting: boolean;
}

/** Moves versions through None, Staging, Production and Archived. */
@Injectable()
export class StagesService {
  constructor(
    private readonly store: RegistryStore,
    private readonly clock: RegistryClock,
  ) {}

  /** @throws AppError invalid_input for an unknown stage; not_found for an unknown version. */
  async transition(request: StageTransition, actor: string): Promise<ModelVersion> {
    const stage = parseStage(request.stage);
    if (request.archiveExisting) checkMayArchiveOthers(stage);
    const context = { actor, atMs: this.clock.nowMs() };
    return this.store.write(async (unit) => {
      await unit.registeredModels.lock(request.name);
      await requireRegisteredModel(unit, request.name);
      const version = await requireModelVersion(unit, request.name, request.version);
      if (request.archiveExisting) {
        const all = await unit.modelVersions.list(request.name);
        const holders = all.filter((other) => other.stage === stage && other.version !== version.version);
        for (const holder of holders) await move(unit, holder, 'Archived', context);
      }
      await unit.registeredModels.touch(request.name, context.atMs);
      return move(unit, version, stage, context);
    });
  }

  /** The newest version in each of the stages; in all four when none is named. */
  async latest(name: string, stages: readonly string[]): Promise<readonly ModelVersion[]> {
    const wanted = stages.map(parseStage);
    const model = await this.store.read((unit) => requireRegisteredModel(unit, name));
    return model.latestVersions.filter(({ stage }) => wanted.length === 0 || wanted.includes(stage));
  }
}

async function move(
  unit: RegistryUnit,
  version: ModelVersion,
  stage: Stage,
  context: EventContext,
): Promise<ModelVersion> {
  const moved = { ...version, stage, updatedAtMs: context.atMs };
  await unit.modelVersions.moveTo(version.name, version.version, stage, context.atMs);
  if (stage === version.stage) return moved;
  await unit.journal.audit({
    ...context,
    action: 'stage_changed',
    subjectKind: 'model_version',
    subject: `${version.name}/${version.version}`,
    detail: { from: version.stage, to: stage },
  });
  await unit.journal.announce([stageChanged(moved, version.stage, context)]);
  return moved;
}
