import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { RunStatus } from '@fraudflow/contracts/mlflow/run';
import { int8 } from '../../storage/adapters/sql/int8.js';
import type { Tag } from '../../validation/keys.js';

@Entity('runs')
export class RunEntity {
  @PrimaryColumn({ type: 'text', name: 'run_id' })
  runId!: string;

  @Column({ ...int8, name: 'experiment_id' })
  experimentId!: number;

  @Column({ type: 'text', name: 'run_name' })
  runName!: string;

  @Column({ type: 'text', name: 'user_id' })
  userId!: string;

  @Column({ type: 'text' })
  status!: RunStatus;

  @Column({ ...int8, name: 'started_at_ms' })
  startedAtMs!: number;

  @Column({ ...int8, name: 'ended_at_ms', nullable: true })
  endedAtMs!: number | null;

  @Column({ type: 'text', name: 'artifact_uri' })
  artifactUri!: string;

  @Column({ type: 'text', name: 'lifecycle_stage' })
  lifecycleStage!: 'active' | 'deleted';

  @Column({ type: 'boolean', name: 'is_deleted_with_experiment' })
  isDeletedWithExperiment!: boolean;
}

@Entity('run_tags')
export class RunTagEntity {
  @PrimaryColumn({ type: 'text', name: 'run_id' })
  runId!: string;

  @PrimaryColumn({ type: 'text' })
  key!: string;

  @Column({ type: 'text' })
  value!: string;
}

@Entity('run_params')
export class RunParamEntity {
  @PrimaryColumn({ type: 'text', name: 'run_id' })
  runId!: string;

  @PrimaryColumn({ type: 'text' })
  key!: string;

  @Column({ type: 'text' })
  value!: string;
}

@Entity('run_datasets')
export class RunDatasetEntity {
  @PrimaryColumn({ type: 'text', name: 'run_id' })
  runId!: string;

  @PrimaryColumn({ type: 'text' })
  name!: string;

  @PrimaryColumn({ type: 'text' })
  digest!: string;

  @Column({ type: 'text', name: 'source_type' })
  sourceType!: string;

  @Column({ type: 'text' })
  source!: string;

  @Column({ type: 'text', nullable: true })
  schema!: string | null;

  @Column({ type: 'text', nullable: true })
  profile!: string | null;

  /** The tag `mlflow.data.context`, in its own column for searches. */
  @Column({ type: 'text', nullable: true })
  context!: string | null;

  @Column({ type: 'jsonb' })
  tags!: readonly Tag[];
}

@Entity('run_models')
export class RunModelEntity {
  @PrimaryColumn({ type: 'text', name: 'run_id' })
  runId!: string;

  @PrimaryColumn({ type: 'text', name: 'model_id' })
  modelId!: string;

  @PrimaryColumn({ type: 'text' })
  direction!: 'input' | 'output';

  @Column({ ...int8 })
  step!: number;
}
