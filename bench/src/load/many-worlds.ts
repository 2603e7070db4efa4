import type { Drift, SimulatedDay, TransactionSimulator } from '@fraudflow/simulator';

type World = Pick<TransactionSimulator, 'nextDay' | 'schedule' | 'upcomingDay'>;

/**
 * Many simulated worlds as one. A single world of the same size would take too long to create, because it compares
 * every customer with every terminal. Ids begin with the number of their world, so worlds share no customer, terminal
 * or transaction.
 */
export class ManyWorlds implements World {
  constructor(private readonly worlds: readonly World[]) {}

  get upcomingDay(): number {
    return this.worlds[0]?.upcomingDay ?? 0;
  }

  schedule(drift: Drift): void {
    for (const world of this.worlds) world.schedule(drift);
  }

  /** The day of all worlds in event-time order. */
  nextDay(): SimulatedDay {
    const days = this.worlds.map((world) => world.nextDay());
    const transactions = days.flatMap((day, world) =>
      day.transactions.map((transaction) => ({
        ...transaction,
        transactionId: `w${world}-${transaction.transactionId}`,
        customerId: `w${world}-${transaction.customerId}`,
        terminalId: `w${world}-${transaction.terminalId}`,
      })),
    );
    transactions.sort((one, other) => one.occurredAtMs - other.occurredAtMs);
    return { day: days[0]?.day ?? 0, startAtMs: days[0]?.startAtMs ?? 0, transactions };
  }
}
