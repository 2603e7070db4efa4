import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { ModelStage } from '@fraudflow/contracts/mlflow/model-version';
import { int8 } from '../../storage/adapters/sql/int8.js';

@Entity('model_versions')
export class ModelVersionEntity {
  @PrimaryColumn({ type: 'text' })
  name!: string;

  @PrimaryColumn({ type: 'integer' })
  version!: number;

  @Column({ type: 'text' })
  stage!: ModelStage;

  @Column({ type: 'text' })
  description!: string;

  @Column({ type: 'text' })
  source!: string;

  @Column({ type: 'text', name: 'storage_location' })
  storageLocation!: string;

  @Column({ type: 'text', name: 'run_id', nullable: true })
  runId!: string | null;

  @Column({ type: 'text', name: 'run_link' })
  runLink!: string;

  @Column({ type: 'text', name: 'model_id', nullable: true })
  modelId!: string | null;

  @Column({ type: 'text', name: 'created_by' })
  createdBy!: string;

  @Column({ ...int8, name: 'created_at_ms' })
  createdAtMs!: number;

  @Column({ ...int8, name: 'updated_at_ms' })
  updatedAtMs!: number;

  /** Folder of the artifact store that is frozen while the version exists. */
  @Column({ type: 'text', name: 'frozen_folder', nullable: true })
  frozenFolder!: string | null;
}

@Entity('model_version_tags')
export class ModelVersionTagEntity {
  @PrimaryColumn({ type: 'text' })
  name!: string;

  @PrimaryColumn({ type: 'integer' })
  version!: number;

  @PrimaryColumn({ type: 'text' })
  key!: string;

  @Column({ type: 'text' })
  value!: string;
}
