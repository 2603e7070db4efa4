import { notFound } from '@fraudflow/core';
import type { RegistryUnit } from '../storage/registry-store.port.js';
import type { RegisteredModel } from '../entities/registered-model.js';

/** @throws AppError not_found */
export async function requireRegisteredModel(unit: RegistryUnit, name: string): Promise<RegisteredModel> {
  const found = await unit.registeredModels.find(name);
  if (!found) throw notFound(`Registered Model with name=${name} not found`);
  return found;
}
