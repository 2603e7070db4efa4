export type LifecycleStage = 'active' | 'deleted';

/** Which of active and deleted things a search looks at, as the client names it. */
export const VIEW_TYPES = ['ACTIVE_ONLY', 'DELETED_ONLY', 'ALL'] as const;
export type ViewType = (typeof VIEW_TYPES)[number];

export function lifecyclesIn(view: ViewType): readonly LifecycleStage[] {
  if (view === 'ALL') return ['active', 'deleted'];
  return view === 'ACTIVE_ONLY' ? ['active'] : ['deleted'];
}
