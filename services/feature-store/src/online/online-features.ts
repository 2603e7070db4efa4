import { CustomerState, FEATURE_COUNT, idHash, TerminalState, transactionFeatures } from '@fraudflow/features';
import type { EntityIds, EntityStateReader, EntityStates } from './entity-states.port.js';

export interface TransactionInHand {
  readonly transactionId: string;
  readonly occurredAtMs: number;
  readonly amountMinor: number;
}

export interface OnlineRow extends EntityIds {
  readonly transaction: TransactionInHand | undefined;
}

export interface OnlineFeatures {
  /** In the order of the feature service; NaN = missing. */
  readonly values: Float64Array;
  /** Event time of the entity's newest event, ms; 0 = unknown. */
  readonly customerEventTimeMs: number;
  readonly terminalEventTimeMs: number;
}

/** Features of entity rows as of a time, from committed state. Reads only. */
export class OnlineFeaturesService {
  constructor(private readonly states: EntityStateReader) {}

  /** @param asOfMs event time of the read; 0 = the row's transaction, or else the entity's newest event. */
  async get(rows: readonly OnlineRow[], asOfMs: number): Promise<readonly OnlineFeatures[]> {
    const states = await this.states.read(rows);
    return rows.map((row, i) => evaluate(row, states[i] ?? { customer: undefined, terminal: undefined }, asOfMs));
  }
}

/** Entities never seen count as empty if a transaction is in hand: it would be their first. Without one they are missing. */
function evaluate(row: OnlineRow, states: EntityStates, asOfMs: number): OnlineFeatures {
  const { transaction } = row;
  const customer = states.customer ?? (transaction && row.customerId !== '' ? CustomerState.empty() : undefined);
  const terminal = states.terminal ?? (transaction && row.terminalId !== '' ? TerminalState.empty() : undefined);
  const values = new Float64Array(FEATURE_COUNT).fill(Number.NaN);
  const inHand = transaction && {
    idHash: idHash(transaction.transactionId),
    occurredAtMs: transaction.occurredAtMs,
    amountMinor: transaction.amountMinor,
  };
  if (transaction) transactionFeatures(transaction.occurredAtMs, transaction.amountMinor, values);
  const at = (newestMs: number): number => asOfMs || (transaction?.occurredAtMs ?? newestMs);
  if (customer) customer.peek(at(customer.newestAtMs), inHand, values);
  if (terminal) terminal.peek(at(terminal.newestAtMs), inHand, values);
  return {
    values,
    customerEventTimeMs: eventTime(states.customer?.newestAtMs),
    terminalEventTimeMs: eventTime(states.terminal?.newestAtMs),
  };
}

function eventTime(newestMs: number | undefined): number {
  return newestMs !== undefined && Number.isFinite(newestMs) ? newestMs : 0;
}
