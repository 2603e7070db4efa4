import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Indexes for the default orders of searches, and for equality of tags and params. */
const SEARCHES = `
  DROP INDEX runs_by_experiment;
  CREATE INDEX runs_by_start ON runs (experiment_id, started_at_ms DESC, run_id COLLATE "C");
  DROP INDEX logged_models_by_experiment;
  CREATE INDEX logged_models_by_creation ON logged_models (experiment_id, created_at_ms DESC, model_id COLLATE "C");
  CREATE INDEX model_versions_by_update ON model_versions (updated_at_ms DESC, name COLLATE "C", version DESC);
  CREATE INDEX run_params_by_value ON run_params (key, left(value, 200))`;

/** Marks runs that were deleted with their experiment, so that they are restored with it. */
const EXPERIMENTS = `
  ALTER TABLE runs ADD COLUMN is_deleted_with_experiment boolean NOT NULL DEFAULT false;
  UPDATE runs SET lifecycle_stage = 'deleted', is_deleted_with_experiment = true
    FROM experiments
    WHERE experiments.experiment_id = runs.experiment_id
      AND experiments.lifecycle_stage = 'deleted' AND runs.lifecycle_stage = 'active'`;

/**
 * file_id is the inode and modification time of the stored file; incoming_* describes an upload that may not be
 * published yet.
 */
const ARTIFACTS = `
  ALTER TABLE artifact_digests
    ADD COLUMN file_id text,
    ADD COLUMN incoming_sha256 text,
    ADD COLUMN incoming_size_bytes bigint,
    ADD COLUMN incoming_file_id text;
  ALTER TABLE model_versions ADD COLUMN frozen_folder text;
  CREATE INDEX model_versions_by_frozen_folder ON model_versions (frozen_folder COLLATE "C") WHERE frozen_folder IS NOT NULL;
  CREATE TABLE model_version_files (
    path text NOT NULL,
    name text NOT NULL,
    version integer NOT NULL,
    sha256 text,
    size_bytes bigint NOT NULL,
    FOREIGN KEY (name, version) REFERENCES model_versions ON DELETE CASCADE ON UPDATE CASCADE
  );
  CREATE INDEX model_version_files_by_path ON model_version_files (path COLLATE "C");
  CREATE INDEX model_version_files_by_version ON model_version_files (name, version)`;

/** Freezes the files of existing versions whose location is one of the usual folders. */
const EXISTING_VERSIONS = `
  UPDATE model_versions SET frozen_folder = rtrim(substr(storage_location, length('mlflow-artifacts:/') + 1), '/')
    WHERE storage_location ~ '^mlflow-artifacts:/([^/%?#]+/)*(models/m-[^/%?#]+/artifacts|[^/%?#]+/artifacts/[^/%?#]+)(/[^/%?#]+)*/?$';
  INSERT INTO model_version_files (path, name, version, sha256, size_bytes)
    SELECT d.path, v.name, v.version, d.sha256, d.size_bytes
    FROM model_versions v JOIN artifact_digests d ON starts_with(d.path, v.frozen_folder || '/')
    WHERE v.frozen_folder IS NOT NULL`;

export class BoundSearchesAndFreezeFiles1764600000000 implements MigrationInterface {
  readonly name = 'BoundSearchesAndFreezeFiles1764600000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    // Creating an index over many rows takes longer than the statement timeout of a request.
    await queryRunner.query('SET LOCAL statement_timeout = 0');
    for (const sql of [SEARCHES, EXPERIMENTS, ARTIFACTS, EXISTING_VERSIONS]) await queryRunner.query(sql);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      SET LOCAL statement_timeout = 0;
      DROP TABLE model_version_files;
      ALTER TABLE model_versions DROP COLUMN frozen_folder;
      ALTER TABLE artifact_digests DROP COLUMN file_id, DROP COLUMN incoming_sha256, DROP COLUMN incoming_size_bytes,
        DROP COLUMN incoming_file_id;
      ALTER TABLE runs DROP COLUMN is_deleted_with_experiment;
      DROP INDEX run_params_by_value, model_versions_by_update, logged_models_by_creation, runs_by_start;
      CREATE INDEX logged_models_by_experiment ON logged_models (experiment_id, created_at_ms DESC);
      CREATE INDEX runs_by_experiment ON runs (experiment_id, started_at_ms DESC)`);
  }
}
