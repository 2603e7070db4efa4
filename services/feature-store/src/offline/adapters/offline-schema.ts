import type { Migration } from '@fraudflow/postgres';

export const OFFLINE_SCHEMA = 'offline';

/** Rows arrive once and in bulk, so the tables carry no unique keys: the stored offsets keep them exact. */
export const OFFLINE_MIGRATIONS: readonly Migration[] = [
  {
    name: '0001_history',
    sql: `
      CREATE TABLE feature_rows (
        transaction_id text NOT NULL,
        occurred_at timestamptz NOT NULL,
        customer_id text NOT NULL,
        terminal_id text NOT NULL,
        amount_minor bigint NOT NULL,
        currency text NOT NULL,
        feature_service_version smallint NOT NULL,
        features float8[] NOT NULL
      );
      CREATE INDEX feature_rows_by_time ON feature_rows (occurred_at);
      CREATE INDEX feature_rows_by_id ON feature_rows USING hash (transaction_id);
      CREATE TABLE labels (
        arrival bigint GENERATED ALWAYS AS IDENTITY,
        transaction_id text NOT NULL,
        is_fraud boolean NOT NULL,
        labelled_at timestamptz NOT NULL,
        source_rank smallint NOT NULL,
        customer_id text NOT NULL,
        terminal_id text NOT NULL,
        occurred_at timestamptz NOT NULL
      );
      CREATE INDEX labels_by_time ON labels (occurred_at);
      CREATE TABLE sink_offsets (
        topic text NOT NULL,
        partition integer NOT NULL,
        next_offset bigint NOT NULL,
        PRIMARY KEY (topic, partition)
      );
      CREATE VIEW transactions AS
        SELECT transaction_id, occurred_at, customer_id, terminal_id, amount_minor, currency FROM feature_rows`,
  },
];
