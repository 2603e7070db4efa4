import { randomBytes } from 'node:crypto';
import { FEATURE_NAMES } from '@fraudflow/features';
import { migrate } from '@fraudflow/postgres';
import type { Logger } from '@fraudflow/observability';
import pg from 'pg';
import { OFFLINE_MIGRATIONS, OFFLINE_SCHEMA } from '../src/offline/adapters/offline-schema.js';
import type { FeatureRow, LabelRow } from '../src/offline/sink/offline-store.port.js';

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined } as unknown as Logger;
const INT8_OID = 20;
const types = {
  getTypeParser: ((oid: number, format?: 'text') =>
    oid === INT8_OID ? Number : pg.types.getTypeParser(oid, format)) as pg.CustomTypesConfig['getTypeParser'],
};

export interface OfflineDatabase {
  readonly pool: pg.Pool;
  close(): Promise<void>;
}

/** A separate database with the schema of the offline store; `close` drops it. */
export async function offlineDatabase(postgresUrl: string): Promise<OfflineDatabase> {
  const name = `offline_${randomBytes(6).toString('hex')}`;
  const admin = new pg.Client(postgresUrl);
  await admin.connect();
  await admin.query(`CREATE DATABASE ${name}`);
  const url = new URL(postgresUrl);
  url.pathname = name;
  const pool = new pg.Pool({ connectionString: url.toString(), max: 6, types });
  pool.on('error', () => undefined);
  await migrate(pool, OFFLINE_SCHEMA, OFFLINE_MIGRATIONS, silent);
  return {
    pool,
    close: async () => {
      await pool.end();
      await admin.query(`DROP DATABASE ${name} WITH (FORCE)`);
      await admin.end();
    },
  };
}

/** A stored transaction; pass the fields that matter. */
export function aFeatureRow(row: Partial<FeatureRow> & Pick<FeatureRow, 'transactionId' | 'occurredAtMs'>): FeatureRow {
  return {
    customerId: 'c1',
    terminalId: 'm1',
    amountMinor: 1_000,
    currency: 'EUR',
    featureServiceVersion: 1,
    names: FEATURE_NAMES,
    vector: new Float64Array(FEATURE_NAMES.length),
    log: { partition: 0, offset: 0 },
    origin: undefined,
    ...row,
  };
}

/** A chargeback; pass the fields that matter. */
export function aLabelRow(row: Partial<LabelRow> & Pick<LabelRow, 'transactionId' | 'occurredAtMs'>): LabelRow {
  return {
    customerId: 'c1',
    terminalId: 'm1',
    isFraud: true,
    labelledAtMs: row.occurredAtMs,
    source: 'chargeback',
    log: { partition: 0, offset: 0 },
    ...row,
  };
}
