import { type FeatureDefinition, featureViewByName, type VectorPlan } from '@fraudflow/features';
import { isStorableText } from '../serving/request-values.js';
import type { HistoricalRows } from './historical-features.port.js';
import type { HistoryEntities, HistoryEvent } from './history.port.js';

/** Up to this many entities of a kind are named to the store; of more, all events are read and those of others passed over. */
const MAX_NAMED_ENTITIES = 10_000;

/** The entities whose history the features of some rows are made from. */
export class AskedEntities {
  private readonly customers: ReadonlySet<string>;
  private readonly terminals: ReadonlySet<string>;

  /** @param numbers the rows that count */
  constructor(
    private readonly plan: VectorPlan,
    rows: HistoricalRows,
    numbers: Uint32Array,
  ) {
    const asked = entitiesOf(plan.features);
    this.customers = asked.has('customer_id') ? idsOf(rows.customerIds, numbers) : new Set();
    this.terminals = asked.has('terminal_id') ? idsOf(rows.terminalIds, numbers) : new Set();
  }

  /** What to name to the store; undefined = too many. */
  get few(): HistoryEntities | undefined {
    return fewEntities(this.plan, this.customers, this.terminals);
  }

  /** False for an event that cannot be seen in the features asked for. */
  concerns({ kind, customerId, terminalId }: HistoryEvent): boolean {
    if (this.terminals.has(terminalId)) return true;
    // Whose other transactions tell what is usual for a terminal's customers is known only when all were read.
    return kind === 'transaction' && (this.customers.has(customerId) || this.plan.needsAttributes);
  }
}

/** @returns undefined if there are more of a kind than can be named to the store */
export function fewEntities(
  plan: VectorPlan,
  customers: ReadonlySet<string>,
  terminals: ReadonlySet<string>,
): HistoryEntities | undefined {
  if (customers.size > MAX_NAMED_ENTITIES || terminals.size > MAX_NAMED_ENTITIES) return undefined;
  return { customerIds: [...customers], terminalIds: [...terminals], withTheirCustomers: plan.needsAttributes };
}

/** A transaction's own features find the stored one among its customer's. */
function entitiesOf(features: readonly FeatureDefinition[]): ReadonlySet<string> {
  const names = features.flatMap(({ view }) => featureViewByName(view).entities);
  return new Set(names.length === 0 ? ['customer_id'] : names);
}

function idsOf(ids: readonly (string | null)[], numbers: Uint32Array): ReadonlySet<string> {
  const found = new Set<string>();
  for (const row of numbers) {
    const id = ids[row];
    if (id !== null && id !== undefined && id !== '' && isStorableText(id)) found.add(id);
  }
  return found;
}
