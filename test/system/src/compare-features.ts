import type { FeaturesEvent } from '@fraudflow/contracts';
import { type EventBus, readTopic } from '@fraudflow/messaging';

export interface FeatureComparison {
  readonly expected: number;
  readonly emitted: number;
  /** Ids without an output record. */
  readonly lost: readonly string[];
  /** Ids with more than one output record. */
  readonly doubled: readonly string[];
  /** The first few differing values. Counts must be equal, other values within 1e-9. */
  readonly different: readonly string[];
  readonly differentCount: number;
}

const TOLERANCE = 1e-9;
const SHOWN = 20;

/** Compares all records of the topic `features` with the expected values, in any order. */
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
    for (const [name, wanted] of Object.entries(expected.get(id) ?? {})) {
      const actual = event.features[name] ?? Number.NaN;
      if (isSame(name, actual, wanted)) continue;
      differentCount++;
      if (different.length < SHOWN) different.push(`${id} ${name}: ${actual} instead of ${wanted}`);
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

function isSame(name: string, actual: number, wanted: number): boolean {
  return name.includes('_nb_tx_') || name.includes('during')
    ? actual === wanted
    : Math.abs(actual - wanted) <= TOLERANCE;
}
