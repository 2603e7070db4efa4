import type { FeaturesEvent } from '@fraudflow/contracts';
import { type EventBus, readTopic } from '@fraudflow/messaging';

export interface FeatureComparison {
  readonly expected: number;
  readonly emitted: number;
  /** Ids that never came out. */
  readonly lost: readonly string[];
  /** Ids that came out more than once. */
  readonly doubled: readonly string[];
  /** Values that differ: counts at all, others by more than 1e-9; the first few. */
  readonly different: readonly string[];
  readonly differentCount: number;
}

const TOLERANCE = 1e-9;
const SHOWN = 20;

/** Holds everything on the topic `features` against the expected values, whatever its order. */
export async function compareFeatures(
  bus: EventBus,
  expected: ReadonlyMap<string, Readonly<Record<string, number>>>,
): Promise<FeatureComparison> {
  const seen = new Map<string, number>();
  const different: string[] = [];
  let emitted = 0;
  let differentCount = 0;
  for await (const record of readTopic(bus.admin, 'features', { until: 'end' })) {
    if (record.value === null) continue;
    const event = JSON.parse(record.value.toString('utf8')) as FeaturesEvent;
    const id = event.transaction.transaction_id;
    emitted++;
    seen.set(id, (seen.get(id) ?? 0) + 1);
    for (const [name, want] of Object.entries(expected.get(id) ?? {})) {
      const got = event.features[name] ?? Number.NaN;
      if (isSame(name, got, want)) continue;
      differentCount++;
      if (different.length < SHOWN) different.push(`${id} ${name}: ${got} instead of ${want}`);
    }
  }
  return {
    expected: expected.size,
    emitted,
    lost: [...expected.keys()].filter((id) => !seen.has(id)).slice(0, SHOWN),
    doubled: [...seen]
      .filter(([, times]) => times > 1)
      .map(([id]) => id)
      .slice(0, SHOWN),
    different,
    differentCount,
  };
}

function isSame(name: string, got: number, want: number): boolean {
  return name.includes('_nb_tx_') || name.includes('during') ? got === want : Math.abs(got - want) <= TOLERANCE;
}
