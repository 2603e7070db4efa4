import type { ModelStage } from '@fraudflow/contracts/mlflow/model-version';
import { conflict } from '@fraudflow/core';
import { Injectable } from '@nestjs/common';
import { requireRegisteredModel } from './require-registered-model.js';
import { RegistryClock } from '../storage/registry-clock.js';
import { RegistryStore, type RegistryUnit } from '../storage/registry-store.port.js';
import { type EventContext, stageChanged } from './model-events.js';
import type { ModelVersion } from '../entities/model-version.js';
import { requireModelVersion } from './require-model-version.js';
import { checkMayArchiveOthers, parseStage } from '../entities/stage.js';

export interface StageTransition {
  readonly name: string;
  readonly version: number;
  readonly stage: string;
  /** Moves the other versions of the stage to Archived. */
  readonly archiveExisting: boolean;
  /**
   * Compare-and-set: the version that must be the newest of the stage before the transition, unless the moved version
   * is; empty: no version. Absent: not checked.
   */
  readonly expectedVersion?: string;
}

/** Moves versions between the stages None, Staging, Production and Archived. */
@Injectable()
export class StagesService {
  constructor(
    private readonly store: RegistryStore,
    private readonly clock: RegistryClock,
  ) {}

  /**
   * @throws AppError invalid_input for an unknown stage; not_found for an unknown version; conflict
   * (STAGE_HOLDER_CHANGED) if another version than the expected one is in the stage
   */
  async transition(request: StageTransition, actor: string): Promise<ModelVersion> {
    const stage = parseStage(request.stage);
    if (request.archiveExisting) checkMayArchiveOthers(stage);
    const context = { actor, atMs: this.clock.nowMs() };
    return this.store.write(async (unit) => {
      await unit.registeredModels.lock(request.name);
      await requireRegisteredModel(unit, request.name);
      const version = await requireModelVersion(unit, request.name, request.version);
      const holders = await holdersOf(unit, stage, request);
      checkExpected(holders, request);
      for (const holder of holders) {
        if (request.archiveExisting && holder.version !== version.version)
          await move(unit, holder, 'Archived', context);
      }
      await unit.registeredModels.touch(request.name, context.atMs);
      return move(unit, version, stage, context);
    });
  }

  /** The newest version of each requested stage; of all four stages if none is requested. */
  async latest(name: string, stages: readonly string[]): Promise<readonly ModelVersion[]> {
    const wanted = stages.map(parseStage);
    const model = await this.store.read((unit) => requireRegisteredModel(unit, name));
    return model.latestVersions.filter(({ stage }) => wanted.length === 0 || wanted.includes(stage));
  }
}

/** The versions in the stage; empty without a read if the request does not depend on them. */
async function holdersOf(
  unit: RegistryUnit,
  stage: ModelStage,
  request: StageTransition,
): Promise<readonly ModelVersion[]> {
  if (!request.archiveExisting && request.expectedVersion === undefined) return [];
  return (await unit.modelVersions.list(request.name)).filter((version) => version.stage === stage);
}

function checkExpected(
  holders: readonly ModelVersion[],
  { name, stage, version, expectedVersion }: StageTransition,
): void {
  if (expectedVersion === undefined) return;
  const newest = holders.reduce((most, holder) => Math.max(most, holder.version), 0);
  const current = newest === 0 ? '' : String(newest);
  if (current === expectedVersion || newest === version) return;
  const spelled = (one: string): string => (one === '' ? 'no version' : `version ${one}`);
  throw conflict(
    `${spelled(current)} of ${name} is in stage ${stage}, not ${spelled(expectedVersion)} as stated by expected_current_version: read the stage again`,
    { code: 'STAGE_HOLDER_CHANGED', field: 'expected_current_version' },
  );
}

async function move(
  unit: RegistryUnit,
  version: ModelVersion,
  stage: ModelStage,
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
