import type { Migration } from '@fraudflow/postgres';

export const OFFLINE_SCHEMA = 'offline';

/**
 * Schema of the offline store. Each row is loaded once, in bulk, together with the stored offset, so the tables need no
 * unique keys. They are partitioned by month of the event time, so that retention drops whole tables. New months have
 * indexes on the time and on the transaction id; older months get the index on ids at the first lookup.
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
  {
    name: '0004_amounts_late_rows_and_bounded_months',
    sql: `
      -- base_amount_minor: null = amount_minor, because the currency is the base currency.
      -- is_late: the transaction came too late to enter its entities' windows, so its features do not count it.
      ALTER TABLE feature_rows ADD COLUMN base_amount_minor bigint, ADD COLUMN is_late boolean NOT NULL DEFAULT false;

      -- Rows that cannot be stored where they belong, so that they hold up no others. content: the row as JSON.
      CREATE TABLE set_aside_rows (
        set_aside_at timestamptz NOT NULL DEFAULT now(),
        target text NOT NULL,
        log_partition integer NOT NULL,
        log_offset bigint NOT NULL,
        sql_state text NOT NULL,
        reason text NOT NULL,
        content text NOT NULL
      );

      -- Only the months from 2000 to 2099 get tables of their own: what lies outside, mostly by mistake, shares two tables, so that
      -- no input makes tables without end, and names need no years of other lengths or of other eras.
      CREATE OR REPLACE FUNCTION add_month(parent text, instant timestamptz) RETURNS void LANGUAGE plpgsql AS $$
      DECLARE
        first_day timestamp := date_trunc('month', instant AT TIME ZONE 'UTC');
        first_year constant timestamptz := '2000-01-01 00:00:00+00';
        end_year constant timestamptz := '2100-01-01 00:00:00+00';
        child text := parent || to_char(first_day, '_YYYY_MM');
        bounds text := format('FROM (%L) TO (%L)', first_day AT TIME ZONE 'UTC', (first_day + interval '1 month') AT TIME ZONE 'UTC');
      BEGIN
        IF instant < first_year THEN
          child := parent || '_before_2000';
          bounds := format('FROM (MINVALUE) TO (%L)', first_year);
        ELSIF instant >= end_year THEN
          child := parent || '_from_2100';
          bounds := format('FROM (%L) TO (MAXVALUE)', end_year);
        END IF;
        PERFORM pg_advisory_xact_lock(hashtext('fraudflow.offline.months'));
        IF EXISTS (SELECT FROM pg_inherits WHERE inhrelid = to_regclass('offline.' || quote_ident(child))) THEN RETURN; END IF;
        -- Detached to be dropped, by a worker that died in between.
        EXECUTE format('DROP TABLE IF EXISTS offline.%I', child);
        EXECUTE format('CREATE TABLE offline.%I (LIKE offline.%I INCLUDING DEFAULTS)', child, parent);
        IF parent = 'feature_rows' THEN
          EXECUTE format('CREATE INDEX %I ON offline.%I USING hash (transaction_id)', child || '_by_id', child);
        END IF;
        EXECUTE format('ALTER TABLE offline.%I ATTACH PARTITION offline.%I FOR VALUES ', parent, child) || bounds;
      END $$;

      -- Tables of months outside of that span, made before: their rows move.
      DO $$
      DECLARE
        month record;
        months text[][] := '{}';
        holds_rows boolean;
      BEGIN
        FOR month IN
          SELECT parent.relname AS parent, child.relname AS child
          FROM pg_inherits JOIN pg_class parent ON parent.oid = inhparent JOIN pg_class child ON child.oid = inhrelid
          WHERE parent.relnamespace = 'offline'::regnamespace AND parent.relname IN ('feature_rows', 'labels') AND child.relkind = 'r'
            AND substring(child.relname FROM '_(\\d+)_\\d\\d$')::int NOT BETWEEN 2000 AND 2099
        LOOP
          EXECUTE format('ALTER TABLE offline.%I DETACH PARTITION offline.%I', month.parent, month.child);
          months := months || ARRAY[ARRAY[month.parent::text, month.child::text]];
        END LOOP;
        FOR i IN 1 .. coalesce(array_length(months, 1), 0) LOOP
          EXECUTE format('SELECT EXISTS (SELECT FROM offline.%I)', months[i][2]) INTO holds_rows;
          IF holds_rows THEN
            EXECUTE format('SELECT offline.add_month(%L, min(occurred_at)) FROM offline.%I', months[i][1], months[i][2]);
            EXECUTE format('INSERT INTO offline.%I SELECT * FROM offline.%I', months[i][1], months[i][2]);
          END IF;
          EXECUTE format('DROP TABLE offline.%I', months[i][2]);
        END LOOP;
      END $$;

      CREATE OR REPLACE VIEW transactions AS
        SELECT transaction_id, occurred_at, customer_id, terminal_id, amount_minor, currency, base_amount_minor, is_late
        FROM feature_rows`,
  },
];
