/** The fields that differ between the valid transactions of a test. */
export interface TransactionSeed {
  readonly id: string;
  readonly customer: string;
  readonly terminal: string;
  /** Event time, ms. */
  readonly atMs: number;
}

const FIRST_MS = Date.UTC(2025, 5, 1);
const STEP_MS = 1_000;

/** Generates valid transactions in event-time order, each with a new customer and a new terminal. */
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

/** The transaction in the producer's format. */
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
