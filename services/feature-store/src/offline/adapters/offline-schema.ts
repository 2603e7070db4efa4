import type { Migration } from '@fraudflow/postgres';

export const OFFLINE_SCHEMA = 'offline';

/**
 * Rows arrive once and in bulk, so the tables carry no unique keys: the stored offsets keep them exact. They are partitioned by month of
 * the event, so that old months go by dropping a table. The index over time is all a load pays for; the one over ids is made when
 * somebody looks ids up.
 */
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
  {
    name: '0002_months',
    sql: `
      DROP VIEW transactions;
      ALTER TABLE feature_rows RENAME TO former_rows;
      ALTER TABLE labels RENAME TO former_labels;
      DROP INDEX feature_rows_by_time, feature_rows_by_id, labels_by_time;

      -- What slot i of features holds: the names, once per list of features that was ever stored.
      CREATE TABLE feature_layouts (
        layout smallint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        names text[] NOT NULL UNIQUE
      );

      -- log_*: place in features.by-terminal; origin_*: place in transactions.validated.
      CREATE TABLE feature_rows (
        occurred_at timestamptz NOT NULL,
        amount_minor bigint NOT NULL,
        log_offset bigint NOT NULL,
        origin_offset bigint,
        log_partition integer NOT NULL,
        origin_partition integer,
        feature_service_version smallint NOT NULL,
        layout smallint NOT NULL,
        currency text NOT NULL,
        transaction_id text NOT NULL,
        customer_id text NOT NULL,
        terminal_id text NOT NULL,
        features float8[] NOT NULL
      ) PARTITION BY RANGE (occurred_at);
      CREATE INDEX feature_rows_by_time ON feature_rows (occurred_at);

      CREATE TABLE labels (
        occurred_at timestamptz NOT NULL,
        labelled_at timestamptz NOT NULL,
        log_offset bigint NOT NULL,
        log_partition integer NOT NULL,
        source_rank smallint NOT NULL,
        is_fraud boolean NOT NULL,
        transaction_id text NOT NULL,
        customer_id text NOT NULL,
        terminal_id text NOT NULL
      ) PARTITION BY RANGE (occurred_at);
      CREATE INDEX labels_by_time ON labels (occurred_at);

      CREATE VIEW transactions AS
        SELECT transaction_id, occurred_at, customer_id, terminal_id, amount_minor, currency FROM feature_rows;

      -- Makes the month that holds an instant, e.g. feature_rows_2018_04. Attaching an empty table waits for no reader and no writer.
      -- Labels are joined by transaction id while the month fills: without the index each join would read all of it.
      CREATE FUNCTION add_month(parent text, instant timestamptz) RETURNS void LANGUAGE plpgsql AS $$
      DECLARE
        first_day timestamp := date_trunc('month', instant AT TIME ZONE 'UTC');
        child text := parent || to_char(first_day, '_YYYY_MM');
        from_at timestamptz := first_day AT TIME ZONE 'UTC';
        to_at timestamptz := (first_day + interval '1 month') AT TIME ZONE 'UTC';
      BEGIN
        PERFORM pg_advisory_xact_lock(hashtext('fraudflow.offline.months'));
        IF to_regclass('offline.' || quote_ident(child)) IS NOT NULL THEN RETURN; END IF;
        EXECUTE format('CREATE TABLE offline.%I (LIKE offline.%I INCLUDING DEFAULTS)', child, parent);
        IF parent = 'feature_rows' THEN
          EXECUTE format('CREATE INDEX %I ON offline.%I USING hash (transaction_id)', child || '_by_id', child);
        END IF;
        EXECUTE format('ALTER TABLE offline.%I ATTACH PARTITION offline.%I FOR VALUES FROM (%L) TO (%L)',
          parent, child, from_at, to_at);
      END $$;

      -- Rows stored before: their place in the log was not kept, so their order within an instant is that of their arrival here.
      INSERT INTO feature_layouts (names) VALUES (ARRAY['tx_amount', 'tx_during_weekend', 'tx_during_night',
        'customer_id_nb_tx_1day_window', 'customer_id_avg_amount_1day_window', 'customer_id_nb_tx_7day_window',
        'customer_id_avg_amount_7day_window', 'customer_id_nb_tx_30day_window', 'customer_id_avg_amount_30day_window',
        'terminal_id_nb_tx_1day_window', 'terminal_id_risk_1day_window', 'terminal_id_nb_tx_7day_window',
        'terminal_id_risk_7day_window', 'terminal_id_nb_tx_30day_window', 'terminal_id_risk_30day_window']);
      SELECT add_month('feature_rows', month) FROM
        (SELECT DISTINCT date_trunc('month', occurred_at AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' AS month FROM former_rows) AS months;
      SELECT add_month('labels', month) FROM
        (SELECT DISTINCT date_trunc('month', occurred_at AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' AS month FROM former_labels) AS months;
      INSERT INTO feature_rows (occurred_at, amount_minor, log_offset, log_partition, feature_service_version, layout, currency,
          transaction_id, customer_id, terminal_id, features)
        SELECT occurred_at, amount_minor, row_number() OVER (ORDER BY occurred_at, former_rows.ctid), -1, feature_service_version, layout, currency,
          transaction_id, customer_id, terminal_id, features FROM former_rows, feature_layouts;
      INSERT INTO labels SELECT occurred_at, labelled_at, arrival, -1, source_rank, is_fraud, transaction_id, customer_id, terminal_id
        FROM former_labels;
      DROP TABLE former_rows, former_labels`,
  },
  {
    name: '0003_backfills',
    sql: `
      CREATE TABLE backfills (
        id text PRIMARY KEY,
        feature_service text NOT NULL,
        feature_service_version smallint NOT NULL,
        layout smallint NOT NULL,
        state text NOT NULL,
        from_at timestamptz NOT NULL,
        to_at timestamptz NOT NULL,
        watermark timestamptz NOT NULL,
        rows_done bigint NOT NULL DEFAULT 0,
        rows_total bigint NOT NULL,
        problem text NOT NULL DEFAULT '',
        started_at timestamptz NOT NULL DEFAULT now()
      );
      CREATE UNIQUE INDEX one_backfill_at_a_time ON backfills (feature_service, feature_service_version) WHERE state = 'running';
      -- Values of features that rows lack, one table per backfill; a row is known by its place in features.by-terminal.
      CREATE TABLE backfill_values (
        log_offset bigint NOT NULL,
        log_partition integer NOT NULL,
        backfill text NOT NULL,
        features float8[] NOT NULL
      ) PARTITION BY LIST (backfill);
      -- Which backfill a service reads: one row, so that the switch is one write.
      CREATE TABLE active_backfills (
        feature_service text NOT NULL,
        feature_service_version smallint NOT NULL,
        backfill text NOT NULL REFERENCES backfills,
        PRIMARY KEY (feature_service, feature_service_version)
      )`,
  },
];
