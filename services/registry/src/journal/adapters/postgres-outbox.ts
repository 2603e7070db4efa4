import { type ModelEvent, modelEventSchema } from '@fraudflow/contracts';
import type { DataSource } from 'typeorm';
import { fromPostgres } from '../../storage/adapters/sql/postgres-errors.js';
import { streams } from '../../streams.js';
import { Outbox } from '../outbox.port.js';

const TABLE = streams.state.journal.name;

interface OutboxRow {
  readonly sequence: string;
  readonly event: unknown;
}

/** The outbox table. An advisory lock permits one publishing process at a time; writers never wait for it. */
export class PostgresOutbox extends Outbox {
  constructor(private readonly dataSource: DataSource) {
    super();
  }

  override async drain(limit: number, publish: (events: readonly ModelEvent[]) => Promise<void>): Promise<number> {
    try {
      return await this.dataSource.transaction(async (manager) => {
        const [lock]: { taken: boolean }[] = await manager.query(
          `SELECT pg_try_advisory_xact_lock(hashtext(current_schema() || '.${TABLE}')) AS taken`,
        );
        if (lock?.taken !== true) return 0;
        const rows: OutboxRow[] = await manager.query(
          `SELECT sequence, event FROM ${TABLE} WHERE NOT is_published ORDER BY sequence LIMIT $1`,
          [limit],
        );
        if (rows.length === 0) return 0;
        await publish(rows.map(({ event }) => modelEventSchema.parse(event)));
        await manager.query(`UPDATE ${TABLE} SET is_published = true WHERE sequence = ANY($1)`, [
          rows.map(({ sequence }) => sequence),
        ]);
        return rows.length;
      });
    } catch (thrown) {
      throw fromPostgres(thrown);
    }
  }

  override async pending(): Promise<number> {
    const rows: { count: string }[] = await this.dataSource.query(
      `SELECT count(*) FROM ${TABLE} WHERE NOT is_published`,
    );
    return Number(rows[0]?.count ?? 0);
  }
}
