import type { Secret } from '@fraudflow/config';
import { DataSource, type DataSourceOptions } from 'typeorm';

type Classes = NonNullable<Extract<DataSourceOptions, { type: 'postgres' }>['entities']>;

export interface DataSourceInput {
  readonly url: Secret;
  readonly poolSize: number;
  readonly schema: string;
  readonly entities: Classes;
  /** A statement that runs longer is cancelled, ms. */
  readonly statementTimeoutMs: number;
  readonly migrations: NonNullable<DataSourceOptions['migrations']>;
}

/** A TypeORM data source. Migrations are run explicitly at start; `synchronize` is off. */
export function createDataSource(input: DataSourceInput): DataSource {
  return new DataSource({
    type: 'postgres',
    url: input.url.reveal(),
    schema: input.schema,
    entities: input.entities,
    migrations: input.migrations,
    migrationsTableName: 'typeorm_migrations',
    migrationsTransactionMode: 'each',
    synchronize: false,
    poolSize: input.poolSize,
    extra: { statement_timeout: input.statementTimeoutMs },
    logging: false,
  });
}
