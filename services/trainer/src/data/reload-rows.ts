import { featureServiceByName } from '@fraudflow/features';
import { selectRows, type TrainingColumns } from './training-columns.js';
import type { TrainingData } from './training-data.port.js';
import type { TrainingPlan } from './training-plan.js';

export interface WantedFeatures {
  readonly names: readonly string[];
  /** Names of the feature services that are tried, in this order. */
  readonly services: readonly string[];
  readonly plan: TrainingPlan;
}

/**
 * The same transactions with the features of another service.
 * @returns undefined if no service has all the features, or a transaction is missing from it
 */
export async function reloadRows(
  data: TrainingData,
  rows: TrainingColumns,
  { names, services, plan }: WantedFeatures,
  signal: AbortSignal,
): Promise<TrainingColumns | undefined> {
  const featureService = services.find((name) => {
    const known = new Set(featureServiceByName(name).features.map((feature) => feature.name));
    return names.every((wanted) => known.has(wanted));
  });
  if (featureService === undefined) return undefined;
  const range = { fromMs: plan.testStartMs, toMs: plan.testEndMs, asOfMs: plan.asOfMs, featureService };
  const loaded = await data.load(range, signal, () => undefined);
  const rowOf = new Map(loaded.transactionIds.map((id, row) => [id, row]));
  const order = rows.transactionIds.map((id) => rowOf.get(id) ?? -1);
  return order.includes(-1) ? undefined : selectRows(loaded, order);
}
