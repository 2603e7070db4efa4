import { Injectable } from '@nestjs/common';
import { invalidInput } from '@fraudflow/core';
import { aliasDeleted, aliasSet } from './model-events.js';
import type { ModelVersion } from '../entities/model-version.js';
import { requireModelVersion } from './require-model-version.js';
import { RegistryClock } from '../storage/registry-clock.js';
import { RegistryStore } from '../storage/registry-store.port.js';
import { checkAlias } from './registered-model-rules.js';
import { requireRegisteredModel } from './require-registered-model.js';

/** Aliases of versions, such as `champion`, which can be moved to another version. */
@Injectable()
export class AliasesService {
  constructor(
    private readonly store: RegistryStore,
    private readonly clock: RegistryClock,
  ) {}

  /** Sets or moves an alias. @throws AppError not_found for an unknown model or version */
  async set(name: string, alias: string, version: number, actor: string): Promise<void> {
    checkAlias(alias);
    const context = { actor, atMs: this.clock.nowMs() };
    await this.store.write(async (unit) => {
      await unit.registeredModels.lock(name);
      const model = await requireRegisteredModel(unit, name);
      const target = await requireModelVersion(unit, name, version);
      const previous = model.aliases.find((held) => held.alias === alias)?.version;
      await unit.registeredModels.setAlias(name, alias, version);
      const detail = { alias, from_version: previous ?? null, to_version: version };
      const subject = `${name}/${version}`;
      await unit.journal.audit({ ...context, action: 'alias_set', subjectKind: 'model_version', subject, detail });
      await unit.journal.announce([aliasSet(target, alias, context)]);
    });
  }

  /** Deletes an alias. Deleting an absent alias is not an error. */
  async delete(name: string, alias: string, actor: string): Promise<void> {
    const context = { actor, atMs: this.clock.nowMs() };
    await this.store.write(async (unit) => {
      await unit.registeredModels.lock(name);
      const model = await requireRegisteredModel(unit, name);
      const held = model.aliases.find((known) => known.alias === alias);
      if (!held) return;
      const target = await requireModelVersion(unit, name, held.version);
      await unit.registeredModels.deleteAlias(name, alias);
      const subject = `${name}/${held.version}`;
      await unit.journal.audit({
        ...context,
        action: 'alias_deleted',
        subjectKind: 'model_version',
        subject,
        detail: { alias },
      });
      await unit.journal.announce([aliasDeleted(target, alias, context)]);
    });
  }

  /** @throws AppError not_found for an unknown model; invalid_input for an unknown alias */
  async resolve(name: string, alias: string): Promise<ModelVersion> {
    return this.store.read(async (unit) => {
      const model = await requireRegisteredModel(unit, name);
      const held = model.aliases.find((known) => known.alias === alias);
      if (!held) throw invalidInput(`Registered model alias ${alias} not found.`);
      return requireModelVersion(unit, name, held.version);
    });
  }
}
