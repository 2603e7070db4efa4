import { Column, Entity, PrimaryColumn } from 'typeorm';
import { int8 } from '../../storage/adapters/sql/int8.js';

@Entity('registered_models')
export class RegisteredModelEntity {
  @PrimaryColumn({ type: 'text' })
  name!: string;

  @Column({ type: 'text' })
  description!: string;

  @Column({ ...int8, name: 'created_at_ms' })
  createdAtMs!: number;

  @Column({ ...int8, name: 'updated_at_ms' })
  updatedAtMs!: number;
}

@Entity('registered_model_tags')
export class RegisteredModelTagEntity {
  @PrimaryColumn({ type: 'text' })
  name!: string;

  @PrimaryColumn({ type: 'text' })
  key!: string;

  @Column({ type: 'text' })
  value!: string;
}

@Entity('registered_model_aliases')
export class RegisteredModelAliasEntity {
  @PrimaryColumn({ type: 'text' })
  name!: string;

  @PrimaryColumn({ type: 'text' })
  alias!: string;

  @Column({ type: 'integer' })
  version!: number;
}
