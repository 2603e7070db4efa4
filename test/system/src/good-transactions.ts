/** What tells one good transaction of a test from the next. */
export interface TransactionSeed {
  readonly id: string;
  readonly customer: string;
  readonly terminal: string;
  /** Event time, ms. */
  readonly atMs: number;
}

const FIRST_MS = Date.UTC(2025, 5, 1);
const STEP_MS = 1_000;

/** Gives out good transactions in event-time order, each of a customer and a terminal nobody has heard of. */
export class GoodTransactions {
  private given = 0;

  constructor(private readonly prefix: string) {}

  readonly next = (): TransactionSeed => {
    const n = this.given++;
    return {
      id: `${this.prefix}-${n}`,
      customer: `${this.prefix}-c${n}`,
      terminal: `${this.prefix}-m${n}`,
      atMs: FIRST_MS + n * STEP_MS,
    };
  };
}

/** The transaction as a producer sends it. */
export function transactionBody({ id, customer, terminal, atMs }: TransactionSeed): Readonly<Record<string, unknown>> {
  return {
    transaction_id: id,
    occurred_at: new Date(atMs).toISOString(),
    customer_id: customer,
    terminal_id: terminal,
    amount: 12.5,
    currency: 'EUR',
  };
}

export function transactionJson(seed: TransactionSeed): string {
  return JSON.stringify(transactionBody(seed));
}
