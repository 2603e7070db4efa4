import type { ViewType } from '@fraudflow/contracts/mlflow/fields';

export type LifecycleStage = 'active' | 'deleted';

/** Lifecycle stages that a search covers. */
export function lifecyclesIn(view: ViewType): readonly LifecycleStage[] {
  if (view === 'ALL') return ['active', 'deleted'];
  return view === 'ACTIVE_ONLY' ? ['active'] : ['deleted'];
}
