import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { LoggedModelStatus } from '@fraudflow/contracts/mlflow/logged-model';
import { int8 } from '../../storage/adapters/sql/int8.js';

@Entity('logged_models')
export class LoggedModelEntity {
  @PrimaryColumn({ type: 'text', name: 'model_id' })
  modelId!: string;

  @Column({ ...int8, name: 'experiment_id' })
  experimentId!: number;

  @Column({ type: 'text' })
  name!: string;

  @Column({ type: 'text', name: 'artifact_uri' })
  artifactUri!: string;

  @Column({ type: 'text' })
  status!: LoggedModelStatus;

  @Column({ type: 'text', name: 'model_type' })
  modelType!: string;

  @Column({ type: 'text', name: 'source_run_id', nullable: true })
  sourceRunId!: string | null;

  @Column({ type: 'boolean', name: 'is_deleted' })
  isDeleted!: boolean;

  @Column({ ...int8, name: 'created_at_ms' })
  createdAtMs!: number;

  @Column({ ...int8, name: 'updated_at_ms' })
  updatedAtMs!: number;
}

@Entity('logged_model_tags')
export class LoggedModelTagEntity {
  @PrimaryColumn({ type: 'text', name: 'model_id' })
  modelId!: string;

  @PrimaryColumn({ type: 'text' })
  key!: string;

  @Column({ type: 'text' })
  value!: string;
}

@Entity('logged_model_params')
export class LoggedModelParamEntity {
  @PrimaryColumn({ type: 'text', name: 'model_id' })
  modelId!: string;

  @PrimaryColumn({ type: 'text' })
  key!: string;

  @Column({ type: 'text' })
  value!: string;
}
