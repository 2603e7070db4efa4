import { readdirSync, rmSync } from 'node:fs';
import { setTimeout as lasting } from 'node:timers/promises';
import { Secret } from '@fraudflow/config';
import { partitionOf } from '@fraudflow/core';
import { entityStateKey, type StateEntity } from '@fraudflow/features';
import type { StackHandle } from '@fraudflow/local';
import { silentLogger } from '@fraudflow/observability';
import { connectPostgres } from '@fraudflow/postgres';
import { join } from 'node:path';
import type { KnownTransaction } from '../naive-features.js';
import type { FaultStack } from './fault-stack.js';
import { PARTITIONS } from './partition-count.js';
import { withRedis } from './stage-places.js';
import { stateDigests } from './state-snapshot.js';
import { waitFor } from '../wait-for.js';

/** A fault with a duration: it starts, holds for `ms`, then ends. */
export async function during(ms: number, begin: () => void, end: () => void): Promise<void> {
  begin();
  await lasting(ms);
  end();
}

/** Kills Redis with SIGKILL and deletes its files, so that it restarts empty. */
export async function loseRedis({ servers, redisFolder }: FaultStack): Promise<void> {
  for (const file of readdirSync(redisFolder)) rmSync(join(redisFolder, file), { recursive: true, force: true });
  await killServer(servers, 'redis');
}

/**
 * Kills a server with SIGKILL and waits until its supervisor has started a new process, which proves that it was down.
 */
export async function killServer(servers: StackHandle, name: 'kafka' | 'redis' | 'postgres'): Promise<void> {
  const process = (): number | undefined => servers.parts().find((part) => part.name === name)?.process?.pid;
  const killed = process();
  if (!servers.kill(name)) throw new Error(`${name} had no process to kill`);
  await waitFor(
    `${name} to be started again`,
    async () => process(),
    (pid) => pid !== undefined && pid !== killed,
    60_000,
    10,
  );
}

/** Flips one bit in the states of some customers and terminals that these rows will read, like a faulty disk. */
export async function damageStates(stack: FaultStack, rows: readonly KnownTransaction[], count: number): Promise<void> {
  const stored = await stateDigests(stack);
  const keys = rows.flatMap(({ customer, terminal }) => [keyOf('customer', customer), keyOf('terminal', terminal)]);
  const chosen = [...new Set(keys)].filter((key) => stored.has(key)).slice(0, count);
  await withRedis(stack, async (redis) => {
    for (const key of chosen) {
      const bytes = (await redis.getBuffer(key)) ?? Buffer.alloc(1);
      const middle = bytes.length >> 1;
      bytes[middle] = (bytes[middle] ?? 0) ^ 1;
      await redis.set(key, bytes);
    }
  });
}

function keyOf(entity: StateEntity, id: string): string {
  return entityStateKey(entity, partitionOf(id, PARTITIONS), id);
}

/** Kills Postgres with SIGKILL as soon as the offline store holds this number of transactions. */
export async function killPostgresWith(rowCount: number, { servers }: FaultStack): Promise<void> {
  const url = new Secret(servers.addresses.postgresUrl);
  const pool = await connectPostgres({ url, poolSize: 1, logger: silentLogger });
  try {
    const count = async (): Promise<number> => {
      const { rows } = await pool.query<{ count: number }>('SELECT count(*) AS count FROM offline.feature_rows');
      return rows[0]?.count ?? 0;
    };
    await waitFor('the last row to be stored', count, (stored) => stored >= rowCount, 60_000, 1);
    await killServer(servers, 'postgres');
  } finally {
    await pool.end();
  }
}

/** Holds an exclusive lock on every table of the offline store during the work, so that all writers wait. */
export async function withOfflineStoreLocked({ servers }: FaultStack, work: () => Promise<unknown>): Promise<void> {
  const url = new Secret(servers.addresses.postgresUrl);
  const pool = await connectPostgres({ url, poolSize: 1, logger: silentLogger });
  const client = await pool.connect();
  try {
    const { rows } = await client.query<{ name: string }>(
      `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname = 'offline'`,
    );
    await client.query(`BEGIN; LOCK TABLE ${rows.map(({ name }) => name).join(', ')} IN ACCESS EXCLUSIVE MODE`);
    await work();
    await client.query('ROLLBACK');
  } finally {
    client.release();
    await pool.end();
  }
}
