import { type FeatureDefinition, featureViewByName, type VectorPlan } from '@fraudflow/features';
import { isStorableText } from '../../values/request-values.js';
import type { HistoricalRows } from './historical-features.port.js';
import type { HistoryEntities, HistoryEvent } from '../history/history.port.js';

/**
 * Upper bound of entities per kind in a query. With more, all events are read and those of other entities are skipped.
 */
const MAX_NAMED_ENTITIES = 10_000;

/** The entities whose history is needed for the features of some rows. */
export class RequestedEntities {
  private readonly customers: ReadonlySet<string>;
  private readonly terminals: ReadonlySet<string>;

  /** @param numbers row numbers to consider */
  constructor(
    private readonly plan: VectorPlan,
    rows: HistoricalRows,
    numbers: Uint32Array,
  ) {
    const kinds = entitiesOf(plan.features);
    this.customers = kinds.has('customer_id') ? idsOf(rows.customerIds, numbers) : new Set();
    this.terminals = kinds.has('terminal_id') ? idsOf(rows.terminalIds, numbers) : new Set();
  }

  /** The entities for a query; undefined if there are too many. */
  get few(): HistoryEntities | undefined {
    return fewEntities(this.plan, this.customers, this.terminals);
  }

  /** False for an event that does not affect the requested features. */
  concerns({ kind, customerId, terminalId }: HistoryEvent): boolean {
    if (this.terminals.has(terminalId)) return true;
    // Attributes of a terminal's customers need all their transactions, and these customers are unknown until
    // everything was read.
    return kind === 'transaction' && (this.customers.has(customerId) || this.plan.needsAttributes);
  }
}

/** The entities for a query. @returns undefined if there are more than `MAX_NAMED_ENTITIES` of a kind */
export function fewEntities(
  plan: VectorPlan,
  customers: ReadonlySet<string>,
  terminals: ReadonlySet<string>,
): HistoryEntities | undefined {
  if (customers.size > MAX_NAMED_ENTITIES || terminals.size > MAX_NAMED_ENTITIES) return undefined;
  return { customerIds: [...customers], terminalIds: [...terminals], withTheirCustomers: plan.needsAttributes };
}

/** Entity kinds of the features. Features of the transaction itself need the customer, whose events contain it. */
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
