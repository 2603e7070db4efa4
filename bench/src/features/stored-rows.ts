import { Secret } from '@fraudflow/config';
import { delay, timedOut } from '@fraudflow/core';
import { silentLogger } from '@fraudflow/observability';
import { connectPostgres } from '@fraudflow/postgres';

type Pool = Awaited<ReturnType<typeof connectPostgres>>;

const POLL_INTERVAL_MS = 200;
const IDLE_LIMIT_MS = 60_000;

/** The offline store's rows, counted in its tables. */
export class StoredRows {
  private constructor(private readonly pool: Pool) {}

  static async open(postgresUrl: string): Promise<StoredRows> {
    return new StoredRows(await connectPostgres({ url: new Secret(postgresUrl), poolSize: 1, logger: silentLogger }));
  }

  /**
   * Waits until this number of rows exists. @returns the time at which they existed, ms since the epoch.
   * @throws AppError timeout if no row is added for a minute
   */
  async await(wanted: number, signal: AbortSignal): Promise<number> {
    let last = -1;
    let movedAtMs = performance.now();
    while (!signal.aborted && performance.now() - movedAtMs < IDLE_LIMIT_MS) {
      const count = await this.count();
      if (count >= wanted) return Date.now();
      if (count > last) movedAtMs = performance.now();
      last = count;
      await delay(POLL_INTERVAL_MS, signal);
    }
    throw timedOut(`only ${last} of ${wanted} rows are in the offline store`);
  }

  async count(): Promise<number> {
    const { rows } = await this.pool.query<{ count: number }>('SELECT count(*) AS count FROM offline.feature_rows');
    return rows[0]?.count ?? 0;
  }

  close(): Promise<void> {
    return this.pool.end();
  }
}
