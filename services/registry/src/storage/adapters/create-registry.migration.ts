import type { MigrationInterface, QueryRunner } from 'typeorm';

const EXPERIMENTS = `
  CREATE SEQUENCE experiment_ids;
  CREATE TABLE experiments (
    experiment_id bigint PRIMARY KEY,
    name text NOT NULL UNIQUE,
    artifact_location text NOT NULL,
    lifecycle_stage text NOT NULL CHECK (lifecycle_stage IN ('active', 'deleted')),
    created_at_ms bigint NOT NULL,
    updated_at_ms bigint NOT NULL
  );
  CREATE TABLE experiment_tags (
    experiment_id bigint REFERENCES experiments ON DELETE CASCADE,
    key text,
    value text NOT NULL,
    PRIMARY KEY (experiment_id, key)
  );
  -- Clients start runs in experiment 0 without asking for it.
  INSERT INTO experiments VALUES (0, 'Default', 'mlflow-artifacts:/0', 'active',
    (extract(epoch FROM now()) * 1000)::bigint, (extract(epoch FROM now()) * 1000)::bigint)`;

const RUNS = `
  CREATE TABLE runs (
    run_id text PRIMARY KEY,
    experiment_id bigint NOT NULL REFERENCES experiments ON DELETE CASCADE,
    run_name text NOT NULL,
    user_id text NOT NULL,
    status text NOT NULL,
    started_at_ms bigint NOT NULL,
    ended_at_ms bigint,
    artifact_uri text NOT NULL,
    lifecycle_stage text NOT NULL CHECK (lifecycle_stage IN ('active', 'deleted'))
  );
  CREATE INDEX runs_by_experiment ON runs (experiment_id, started_at_ms DESC);
  CREATE TABLE run_tags (run_id text REFERENCES runs ON DELETE CASCADE, key text, value text NOT NULL, PRIMARY KEY (run_id, key));
  CREATE INDEX run_tags_by_value ON run_tags (key, left(value, 200));
  CREATE TABLE run_params (run_id text REFERENCES runs ON DELETE CASCADE, key text, value text NOT NULL, PRIMARY KEY (run_id, key));
  CREATE TABLE run_metrics (
    run_id text REFERENCES runs ON DELETE CASCADE,
    key text, timestamp_ms bigint, step bigint, value double precision,
    model_id text, dataset_name text, dataset_digest text,
    PRIMARY KEY (run_id, key, timestamp_ms, step, value)
  );
  CREATE TABLE run_latest_metrics (
    run_id text REFERENCES runs ON DELETE CASCADE,
    key text, timestamp_ms bigint NOT NULL, step bigint NOT NULL, value double precision NOT NULL,
    model_id text, dataset_name text, dataset_digest text,
    PRIMARY KEY (run_id, key)
  );
  CREATE INDEX run_latest_metrics_by_value ON run_latest_metrics (key, value);
  CREATE TABLE run_datasets (
    run_id text REFERENCES runs ON DELETE CASCADE,
    name text, digest text, source_type text NOT NULL, source text NOT NULL,
    schema text, profile text, context text, tags jsonb NOT NULL,
    PRIMARY KEY (run_id, name, digest)
  );
  CREATE TABLE run_models (
    run_id text REFERENCES runs ON DELETE CASCADE,
    model_id text, direction text CHECK (direction IN ('input', 'output')), step bigint NOT NULL,
    PRIMARY KEY (run_id, model_id, direction)
  )`;

const LOGGED_MODELS = `
  CREATE TABLE logged_models (
    model_id text PRIMARY KEY,
    experiment_id bigint NOT NULL REFERENCES experiments ON DELETE CASCADE,
    name text NOT NULL,
    artifact_uri text NOT NULL,
    status text NOT NULL,
    model_type text NOT NULL,
    source_run_id text,
    is_deleted boolean NOT NULL,
    created_at_ms bigint NOT NULL,
    updated_at_ms bigint NOT NULL
  );
  CREATE INDEX logged_models_by_experiment ON logged_models (experiment_id, created_at_ms DESC);
  CREATE TABLE logged_model_tags (
    model_id text REFERENCES logged_models ON DELETE CASCADE, key text, value text NOT NULL, PRIMARY KEY (model_id, key)
  );
  CREATE TABLE logged_model_params (
    model_id text REFERENCES logged_models ON DELETE CASCADE, key text, value text NOT NULL, PRIMARY KEY (model_id, key)
  );
  CREATE TABLE logged_model_metrics (
    model_id text REFERENCES logged_models ON DELETE CASCADE,
    run_id text, key text, timestamp_ms bigint, step bigint, value double precision, dataset_name text, dataset_digest text,
    PRIMARY KEY (model_id, key, dataset_name, dataset_digest, step, timestamp_ms, value, run_id)
  )`;

const REGISTRY = `
  CREATE TABLE registered_models (
    name text PRIMARY KEY,
    description text NOT NULL,
    last_version integer NOT NULL DEFAULT 0,
    created_at_ms bigint NOT NULL,
    updated_at_ms bigint NOT NULL
  );
  CREATE TABLE registered_model_tags (
    name text REFERENCES registered_models ON DELETE CASCADE ON UPDATE CASCADE, key text, value text NOT NULL,
    PRIMARY KEY (name, key)
  );
  CREATE INDEX registered_model_tags_by_value ON registered_model_tags (key, left(value, 200));
  CREATE TABLE model_versions (
    name text REFERENCES registered_models ON DELETE CASCADE ON UPDATE CASCADE,
    version integer,
    stage text NOT NULL CHECK (stage IN ('None', 'Staging', 'Production', 'Archived')),
    description text NOT NULL,
    source text NOT NULL,
    storage_location text NOT NULL,
    run_id text,
    run_link text NOT NULL,
    model_id text,
    created_by text NOT NULL,
    created_at_ms bigint NOT NULL,
    updated_at_ms bigint NOT NULL,
    PRIMARY KEY (name, version)
  );
  CREATE INDEX model_versions_by_run ON model_versions (run_id);
  CREATE INDEX model_versions_by_logged_model ON model_versions (model_id);
  CREATE TABLE model_version_tags (
    name text, version integer, key text, value text NOT NULL,
    PRIMARY KEY (name, version, key),
    FOREIGN KEY (name, version) REFERENCES model_versions ON DELETE CASCADE ON UPDATE CASCADE
  );
  CREATE INDEX model_version_tags_by_value ON model_version_tags (key, left(value, 200));
  CREATE TABLE registered_model_aliases (
    name text, alias text, version integer NOT NULL,
    PRIMARY KEY (name, alias),
    FOREIGN KEY (name, version) REFERENCES model_versions ON DELETE CASCADE ON UPDATE CASCADE
  )`;

const JOURNAL = `
  CREATE TABLE audit_log (
    audit_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    actor text NOT NULL,
    action text NOT NULL,
    subject_kind text NOT NULL,
    subject text NOT NULL,
    detail jsonb NOT NULL,
    at_ms bigint NOT NULL
  );
  CREATE INDEX audit_log_by_subject ON audit_log (subject_kind, subject, audit_id DESC);
  CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'the audit log is append-only'; END $$;
  CREATE TRIGGER audit_log_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_log
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();
  -- One row: taking a number locks it, so that numbers have the order of commits and no gaps.
  CREATE TABLE outbox_position (last_sequence bigint NOT NULL);
  INSERT INTO outbox_position VALUES (0);
  CREATE TABLE outbox (
    sequence bigint PRIMARY KEY,
    event jsonb NOT NULL,
    is_published boolean NOT NULL DEFAULT false
  );
  CREATE INDEX outbox_pending ON outbox (sequence) WHERE NOT is_published;
  CREATE TABLE artifact_digests (
    path text PRIMARY KEY,
    sha256 text NOT NULL,
    size_bytes bigint NOT NULL,
    stored_by text NOT NULL,
    stored_at_ms bigint NOT NULL
  )`;

/** The first version of the registry's schema. Names resolve in the search path of the connection. */
export class CreateRegistry1764000000000 implements MigrationInterface {
  readonly name = 'CreateRegistry1764000000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    for (const sql of [EXPERIMENTS, RUNS, LOGGED_MODELS, REGISTRY, JOURNAL]) await queryRunner.query(sql);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      DROP TABLE artifact_digests, outbox, outbox_position, audit_log, registered_model_aliases, model_version_tags,
        model_versions, registered_model_tags, registered_models, logged_model_metrics, logged_model_params, logged_model_tags,
        logged_models, run_models, run_datasets, run_latest_metrics, run_metrics, run_params, run_tags, runs, experiment_tags,
        experiments;
      DROP FUNCTION refuse_audit_change();
      DROP SEQUENCE experiment_ids`);
  }
}
