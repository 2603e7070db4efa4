import type { ModelEventDraft } from '../journal/journal.port.js';
import type { ModelVersion } from '../entities/model-version.js';

/** Actor and time of a change. */
export interface EventContext {
  readonly actor: string;
  readonly atMs: number;
}

export function versionCreated(version: ModelVersion, context: EventContext): ModelEventDraft {
  return { ...about(version, context), kind: 'version_created', to_stage: version.stage };
}

/** @param version the version after the change */
export function stageChanged(version: ModelVersion, fromStage: string, context: EventContext): ModelEventDraft {
  return { ...about(version, context), kind: 'stage_changed', from_stage: fromStage, to_stage: version.stage };
}

export function aliasSet(version: ModelVersion, alias: string, context: EventContext): ModelEventDraft {
  return { ...about(version, context), kind: 'alias_set', alias };
}

export function aliasDeleted(version: ModelVersion, alias: string, context: EventContext): ModelEventDraft {
  return { ...about(version, context), kind: 'alias_deleted', alias };
}

/** One event per deleted alias, then the deletion of the version. */
export function versionDeleted(version: ModelVersion, context: EventContext): ModelEventDraft[] {
  const aliases = version.aliases.map((alias) => aliasDeleted(version, alias, context));
  return [...aliases, { ...about(version, context), kind: 'version_deleted', from_stage: version.stage }];
}

/**
 * Events that describe a version completely, for receivers without its earlier events, for example after a rename of
 * its model.
 */
export function versionIntroduced(version: ModelVersion, context: EventContext): ModelEventDraft[] {
  return [
    { ...about(version, context), kind: 'version_created', to_stage: 'None' },
    ...(version.stage === 'None' ? [] : [stageChanged(version, 'None', context)]),
    ...version.aliases.map((alias) => aliasSet(version, alias, context)),
  ];
}

function about(version: ModelVersion, { actor, atMs }: EventContext): Omit<ModelEventDraft, 'kind'> {
  return {
    model_name: version.name,
    model_version: String(version.version),
    ...(version.runId === undefined ? {} : { run_id: version.runId }),
    download_uri: version.storageLocation,
    actor,
    occurred_at: new Date(atMs).toISOString(),
  };
}
