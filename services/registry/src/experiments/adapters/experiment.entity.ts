import { Column, Entity, PrimaryColumn } from 'typeorm';
import { int8 } from '../../storage/adapters/sql/int8.js';

@Entity('experiments')
export class ExperimentEntity {
  @PrimaryColumn({ ...int8, name: 'experiment_id' })
  experimentId!: number;

  @Column({ type: 'text' })
  name!: string;

  @Column({ type: 'text', name: 'artifact_location' })
  artifactLocation!: string;

  @Column({ type: 'text', name: 'lifecycle_stage' })
  lifecycleStage!: 'active' | 'deleted';

  @Column({ ...int8, name: 'created_at_ms' })
  createdAtMs!: number;

  @Column({ ...int8, name: 'updated_at_ms' })
  updatedAtMs!: number;
}

@Entity('experiment_tags')
export class ExperimentTagEntity {
  @PrimaryColumn({ ...int8, name: 'experiment_id' })
  experimentId!: number;

  @PrimaryColumn({ type: 'text' })
  key!: string;

  @Column({ type: 'text' })
  value!: string;
}
