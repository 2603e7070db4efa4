import type { ModelEventDraft } from '../journal/journal.port.js';
import type { ModelVersion } from '../entities/model-version.js';

/** Everything that is published about a version, as one event each. */
export interface EventContext {
  readonly actor: string;
  readonly atMs: number;
}

export function versionCreated(version: ModelVersion, context: EventContext): ModelEventDraft {
  return { ...about(version, context), kind: 'version_created', to_stage: version.stage };
}

/** `version` as it is after the change. */
export function stageChanged(version: ModelVersion, fromStage: string, context: EventContext): ModelEventDraft {
  return { ...about(version, context), kind: 'stage_changed', from_stage: fromStage, to_stage: version.stage };
}

export function aliasSet(version: ModelVersion, alias: string, context: EventContext): ModelEventDraft {
  return { ...about(version, context), kind: 'alias_set', alias };
}

export function aliasDeleted(version: ModelVersion, alias: string, context: EventContext): ModelEventDraft {
  return { ...about(version, context), kind: 'alias_deleted', alias };
}

/** Its aliases go first, each with an event of its own. */
export function versionDeleted(version: ModelVersion, context: EventContext): ModelEventDraft[] {
  const aliases = version.aliases.map((alias) => aliasDeleted(version, alias, context));
  return [...aliases, { ...about(version, context), kind: 'version_deleted', from_stage: version.stage }];
}

/** Events that introduce a version to receivers that do not know it, for example under a model's new name. */
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
