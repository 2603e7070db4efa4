import type { Migration } from '@fraudflow/postgres';

/** A separate schema, so that its migrations are independent of those of the history. */
export const PUSHED_ROWS_SCHEMA = 'pushed';

export const PUSHED_ROWS_MIGRATIONS: readonly Migration[] = [
  {
    name: '0001_rows',
    sql: `
      CREATE TABLE rows (
        arrival bigint GENERATED ALWAYS AS IDENTITY,
        view text NOT NULL,
        entity_key text NOT NULL,
        event_ns bigint NOT NULL,
        created_ns bigint NOT NULL,
        features jsonb NOT NULL
      );
      CREATE INDEX rows_by_entity ON rows (view, entity_key, event_ns, created_ns, arrival)`,
  },
];
