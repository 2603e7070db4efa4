import type { FeatureAggregate } from '../catalog/aggregates/aggregates.js';
import type { RowSelection } from '../catalog/aggregates/contract/aggregate.js';
import type { PlannedFeature } from '../plan/entity-plan.js';

/**
 * Registrations of an accelerator: per aggregate and selection of rows the kernel that writes such features from the
 * incremental aggregates in a ring's header. An accelerator is optional: a feature without a kernel is evaluated from a
 * reading, with the same value.
 */
export type KernelTable = Readonly<Partial<Record<FeatureAggregate, Readonly<Partial<Record<RowSelection, number>>>>>>;

/** The kernel for a feature; undefined if there is none or the plan is without accelerators. */
export function kernelOf(table: KernelTable, { aggregate, rows, mayAccelerate }: PlannedFeature): number | undefined {
  return mayAccelerate ? (table as Readonly<Record<string, KernelTable['count']>>)[aggregate]?.[rows] : undefined;
}
