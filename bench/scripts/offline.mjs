// The offline store alone on a real Postgres: loads a file in the handbook's format (served vectors made by the engine,
// labels of frauds 7 days later), then reads it back. Run `npx tsc -b services/feature-store` first, and node with
// --expose-gc, so that the garbage of making rows is not collected while they are loaded. Arguments: <postgres url of
// an empty database> <transactions.csv.gz> [rows] [features stored: those of a service, or `all`]
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { fnv1a64 } from '@fraudflow/core';
import { featureServiceByName, idHash, planVector, PointInTimeEngine, COMPUTED_FEATURES } from '@fraudflow/features';
import { migrate } from '@fraudflow/postgres';
import pg from 'pg';
import {
  OFFLINE_MIGRATIONS,
  OFFLINE_SCHEMA,
} from '../../services/feature-store/dist/offline/adapters/offline-schema.js';
import { PostgresOfflineStore } from '../../services/feature-store/dist/offline/adapters/postgres-offline-store.js';

const [url, file, rowLimit = '1e9', stored = 'fraud_detection_features'] = process.argv.slice(2);
const PARTITIONS = 4n;
/** Rows per load: the sink's usual size ten times, then one large load, in which the cost per load is negligible. */
const LOADS = [...Array.from({ length: 10 }, () => 10_000), 100_000];
const STORED = stored === 'all' ? COMPUTED_FEATURES : featureServiceByName(stored).features;
const STORED_NAMES = STORED.map(({ name }) => name);
const LABEL_DELAY_MS = 7 * 86_400_000;
const silent = { info() {}, warn() {}, error() {}, debug() {} };
const print = (line) => process.stdout.write(`${line}\n`);

const pool = new pg.Pool({ connectionString: url, max: 4 });
await migrate(pool, OFFLINE_SCHEMA, OFFLINE_MIGRATIONS, silent);
const store = new PostgresOfflineStore(pool, { idIndexFailed: (error) => print(error.message) });

const partitionOf = (id) => Number(fnv1a64(id) % PARTITIONS);
const engine = new PointInTimeEngine(planVector(STORED));
const offsets = Array.from({ length: Number(PARTITIONS) }, () => 0);
const origins = Array.from({ length: Number(PARTITIONS) }, () => 0);
const place = (partition) => ({ partition, offset: offsets[partition]++ });

/** Decompressed completely first: a stream would use other threads during the measured loads. */
function* linesOf(path) {
  const text = gunzipSync(readFileSync(path)).toString('latin1');
  let at = text.indexOf('\n') + 1;
  while (at < text.length) {
    const end = text.indexOf('\n', at);
    yield text.slice(at, end);
    at = end + 1;
  }
}

function* rowsOf() {
  let n = 0;
  for (const line of linesOf(file)) {
    if (n++ >= Number(rowLimit)) return;
    const [transactionId, at, customerId, terminalId, amount, fraud] = line.split(',');
    const occurredAtMs = Date.parse(`${at.replace(' ', 'T')}Z`);
    const amountMinor = Math.round(Number(amount) * 100);
    const vector = new Float64Array(STORED.length);
    engine.transaction(customerId, terminalId, { idHash: idHash(transactionId), occurredAtMs, amountMinor }, vector);
    const partition = partitionOf(terminalId);
    const origin = { partition: partitionOf(customerId), offset: origins[partitionOf(customerId)]++ };
    const keys = { transactionId, occurredAtMs, customerId, terminalId };
    const row = {
      ...keys,
      amountMinor,
      currency: 'EUR',
      featureServiceVersion: 1,
      names: STORED_NAMES,
      vector,
      log: place(partition),
      origin,
    };
    if (fraud === '0') yield { row };
    else {
      const labelledAtMs = occurredAtMs + LABEL_DELAY_MS;
      engine.label(terminalId, {
        idHash: idHash(transactionId),
        occurredAtMs,
        isFraud: true,
        labelledAtMs,
        sourceRank: 0,
      });
      yield { row, label: { ...keys, isFraud: true, labelledAtMs, source: 'chargeback', log: place(partition) } };
    }
  }
}

async function serverCpuMs() {
  const { rows } = await pool.query(
    "SELECT pid FROM pg_stat_activity WHERE backend_type IN ('client backend', 'checkpointer', 'walwriter', 'background writer')",
  );
  const ticks = rows.map(({ pid }) => readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' '));
  return ticks.reduce((sum, fields) => sum + (Number(fields[11]) + Number(fields[12])) * 10, 0);
}

/** Prints rows a second and CPU per row of `work`, which returns how many rows it handled. */
export async function measured(name, work) {
  const [serverBefore, cpu, begun] = [await serverCpuMs(), process.cpuUsage(), performance.now()];
  const rows = await work();
  const seconds = (performance.now() - begun) / 1e3;
  const { user, system } = process.cpuUsage(cpu);
  const server = (await serverCpuMs()) - serverBefore;
  const perSecond = Math.round(rows / seconds).toLocaleString('en');
  print(
    `${name}: ${rows} rows, ${perSecond} rows/s, client ${((user + system) / rows).toFixed(2)} us, server ${((server * 1e3) / rows).toFixed(2)} us CPU a row`,
  );
}

const filled = Number((await pool.query('SELECT count(*) FROM offline.feature_rows')).rows[0].count);
const loads = new Map(LOADS.map((size) => [size, { rows: 0, seconds: 0, clientUs: 0, serverMs: 0 }]));
let next = 0;
async function load(size, features, labels) {
  const figures = loads.get(size);
  globalThis.gc?.();
  const serverBefore = await serverCpuMs();
  const cpu = process.cpuUsage();
  const begun = performance.now();
  await store.load([{ move: { topic: 'features', partition: 0, from: next, next: ++next }, features, labels }]);
  figures.seconds += (performance.now() - begun) / 1e3;
  const { user, system } = process.cpuUsage(cpu);
  figures.clientUs += user + system;
  figures.serverMs += (await serverCpuMs()) - serverBefore;
  figures.rows += features.length;
}

/** The rows of the file in loads of these sizes by turns. */
async function loadAll() {
  let [size, turn, features, labels] = [LOADS[0], 0, [], []];
  for (const { row, label } of rowsOf()) {
    features.push(row);
    if (label !== undefined) labels.push(label);
    if (features.length < size) continue;
    await load(size, features, labels);
    size = LOADS[++turn % LOADS.length];
    [features, labels] = [[], []];
  }
  if (features.length > 0) await load(size, features, labels);
}
if (filled === 0) await loadAll();
for (const [size, { rows, seconds, clientUs, serverMs }] of loads) {
  if (rows === 0) continue;
  const perSecond = Math.round(rows / seconds).toLocaleString('en');
  print(
    `load, ${size} at once: ${rows} rows of ${STORED.length} features, ${perSecond} rows/s, client ${(clientUs / rows).toFixed(2)} us, server ${((serverMs * 1e3) / rows).toFixed(2)} us CPU a row`,
  );
}

const { PostgresHistory } = await import('../../services/feature-store/dist/offline/adapters/postgres-history.js');
const { HistoryReplay } = await import('../../services/feature-store/dist/offline/history/history-replay.js');
const { PointInTimeFeatures } =
  await import('../../services/feature-store/dist/offline/point-in-time/point-in-time-features.js');
const { TrainingSets } = await import('../../services/feature-store/dist/offline/training-sets/training-sets.js');
const history = new PostgresHistory(pool);
const replay = new HistoryReplay(history);
const sets = new TrainingSets(history, replay);
const { signal } = new AbortController();
const service = featureServiceByName('fraud_detection_features');
const range = { fromMs: 0, toMs: Date.UTC(2100, 0), asOfMs: Date.UTC(2100, 0) };
const all = [];
const versions = [];
for (const source of ['served', 'recomputed']) {
  await measured(`training set, ${source}`, async () => {
    const set = await sets.open({ service, ...range, source });
    let count = 0;
    for await (const rows of set.rows(signal)) {
      count += rows.length;
      if (source === 'served') for (const row of rows) all.push(row);
    }
    versions.push(set.version());
    return count;
  });
}
print(`versions ${versions.join(' ')}: ${new Set(versions).size === 1 ? 'equal' : 'DIFFERENT'}`);

const asked = {
  customerIds: all.map((row) => row.customerId),
  terminalIds: all.map((row) => row.terminalId),
  atMs: Float64Array.from(all, (row) => row.occurredAtMs),
};
const named = { ...asked, transactionIds: all.map((row) => row.transactionId) };
const withAmount = { ...asked, amountMinor: Float64Array.from(all, (row) => row.amountMinor) };
const pointInTime = new PointInTimeFeatures(history, replay, undefined);
for (const { name, rows } of [
  { name: 'named transactions', rows: named },
  { name: 'as of any time', rows: asked },
  { name: 'as of any time, with an amount', rows: withAmount },
]) {
  let different = 0;
  await measured(`point in time, ${name}`, async () => {
    const { columns } = await pointInTime.retrieve({ features: service.features, rows }, signal);
    service.features.forEach((feature, slot) => {
      const column = columns.get(feature.name);
      if (name === 'as of any time' && feature.view === 'transaction') return;
      for (let i = 0; i < all.length; i++) if (!Object.is(column[i], all[i].values[slot])) different++;
    });
    return all.length;
  });
  print(`  ${different} values differ from what was served`);
}
await pool.end();
