import { randomBytes } from 'node:crypto';
import { Secret } from '@fraudflow/config';
import pg from 'pg';
import { inject } from 'vitest';

export interface TestPostgres {
  readonly url: Secret;
  /** A unique schema name; `stop` drops the schema. */
  newSchema(): string;
  stop(): Promise<void>;
}

/** The Postgres that all integration tests share, with separate schemas for this test. */
export async function startTestPostgres(): Promise<TestPostgres> {
  const url = inject('postgresUrl');
  const schemas: string[] = [];
  return {
    url: new Secret(url),
    newSchema: () => {
      const schema = `registry_test_${randomBytes(6).toString('hex')}`;
      schemas.push(schema);
      return schema;
    },
    stop: () => dropSchemas(url, schemas),
  };
}

async function dropSchemas(url: string, schemas: readonly string[]): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  for (const schema of schemas) await client.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE`);
  await client.end();
}
