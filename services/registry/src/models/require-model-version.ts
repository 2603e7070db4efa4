import { notFound } from '@fraudflow/core';
import type { RegistryUnit } from '../storage/registry-store.port.js';
import type { ModelVersion } from '../entities/model-version.js';

/** @throws AppError not_found */
export async function requireModelVersion(unit: RegistryUnit, name: string, version: number): Promise<ModelVersion> {
  const found = await unit.modelVersions.find(name, version);
  if (!found) throw notFound(`Model Version (name=${name}, version=${version}) not found`);
  return found;
}
