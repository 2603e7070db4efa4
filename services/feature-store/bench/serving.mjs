// Online serving against a real Redis: this process is the client, the server runs in a child. Reports calls per second, latency,
// and the server's CPU time per call, which the noise of a shared machine touches least.
// Run `npx tsc -b services/feature-store` first. Arguments: redis URL (its database is written to), [calls], [concurrency].
import { fork } from 'node:child_process';
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';

const [, , REDIS_URL, CALLS = '40000', CONCURRENCY = '8'] = process.argv;
const CUSTOMERS = 5_000;
const SERVICE = 'fraud_detection_features';
const NOW_MS = Date.UTC(2026, 4, 1);
const print = (line) => process.stdout.write(`${line}\n`);

if (REDIS_URL === undefined) {
  print('usage: serving.mjs <redis URL> [calls] [concurrency]');
  process.exit(2);
}

const server = fork(fileURLToPath(new URL('./serving-server.mjs', import.meta.url)), [REDIS_URL, String(CUSTOMERS)]);
const answers = [];
server.on('message', (message) => answers.shift()?.(message));
const ask = (what) => new Promise((resolve) => (answers.push(resolve), server.send(what)));
const { httpPort, grpcPort } = await ask('ready');

const id = (prefix, i) => `${prefix}${(i * 7_919) % CUSTOMERS}`;
const columnsOf = (rows, from) => ({
  customer_id: Array.from({ length: rows }, (_, i) => id('c', from + i)),
  terminal_id: Array.from({ length: rows }, (_, i) => id('m', 3 * (from + i))),
  amount: Array.from({ length: rows }, () => 12.5),
  occurred_at: Array.from({ length: rows }, (_, i) => new Date(NOW_MS + from + i).toISOString()),
  transaction_id: Array.from({ length: rows }, (_, i) => `bench-${from + i}`),
});
const bodies = (rows, make) => Array.from({ length: 512 }, (_, i) => make(rows, i * rows));
const serviceBody = (rows, from) => JSON.stringify({ feature_service: SERVICE, entities: columnsOf(rows, from) });
const customerFeatures = [1, 7, 30].flatMap((days) => [
  `customer:customer_id_nb_tx_${days}day_window`,
  `customer:customer_id_avg_amount_${days}day_window`,
]);
const profileBody = (rows, from) =>
  JSON.stringify({
    features: [...customerFeatures, 'customer_profile:credit_limit', 'customer_profile:risk_segment'],
    entities: { customer_id: columnsOf(rows, from).customer_id },
  });

await httpRun('HTTP, 15 features, 1 row', bodies(1, serviceBody), Number(CALLS));
await httpRun('HTTP, 6 computed + 2 pushed features, 1 row', bodies(1, profileBody), Number(CALLS));
await httpRun('HTTP, 15 features, 100 rows', bodies(100, serviceBody), Math.ceil(Number(CALLS) / 20));
await grpcRun('gRPC, 15 features, 1 row', 1, Number(CALLS));
await grpcRun('gRPC, 15 features, 100 rows', 100, Math.ceil(Number(CALLS) / 20));
server.disconnect();

/** Closed loop: each connection sends its next call when it has its answer. */
async function httpRun(name, payloads, calls) {
  const frames = payloads.map((body) =>
    Buffer.from(
      `POST /get-online-features HTTP/1.1\r\nhost: bench\r\ncontent-type: application/json\r\n` +
        `content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    ),
  );
  await measured(name, calls, async (next) => {
    const socket = connect(httpPort, '127.0.0.1').setNoDelay(true);
    for (let i = next(); i >= 0; i = next()) await exchange(socket, frames[i % frames.length]);
    socket.end();
  });
}

function exchange(socket, frame) {
  return new Promise((resolve, reject) => {
    let head = '';
    let missing = -1;
    const onData = (chunk) => {
      if (missing >= 0) missing -= chunk.length;
      else {
        head += chunk.toString('latin1');
        const end = head.indexOf('\r\n\r\n');
        if (end < 0) return;
        if (!head.startsWith('HTTP/1.1 200')) return reject(new Error(head.slice(0, 400)));
        missing = Number(/content-length: (\d+)/i.exec(head)[1]) - (head.length - end - 4);
      }
      if (missing > 0) return;
      socket.off('data', onData);
      resolve();
    };
    socket.on('data', onData);
    socket.write(frame);
  });
}

async function grpcRun(name, rows, calls) {
  const { feastServing } = await import('@fraudflow/contracts');
  const { createGrpcClient } = await import('@fraudflow/rpc');
  const cell = (raw) => ({
    val: typeof raw === 'number' ? { $case: 'doubleVal', value: raw } : { $case: 'stringVal', value: raw },
  });
  const requests = bodies(rows, (count, from) =>
    feastServing.GetOnlineFeaturesRequest.fromPartial({
      kind: { $case: 'featureService', value: SERVICE },
      entities: Object.fromEntries(
        Object.entries(columnsOf(count, from)).map(([column, values]) => [column, { val: values.map(cell) }]),
      ),
    }),
  );
  const client = createGrpcClient(feastServing.ServingServiceClient, `127.0.0.1:${grpcPort}`);
  await measured(name, calls, async (next) => {
    for (let i = next(); i >= 0; i = next()) {
      await new Promise((resolve, reject) =>
        client.getOnlineFeatures(requests[i % requests.length], (error) => (error ? reject(error) : resolve())),
      );
    }
  });
  client.close();
}

async function measured(name, calls, worker) {
  for (const [isWarmUp, count] of [
    [true, Math.ceil(calls / 5)],
    [false, calls],
  ]) {
    const times = new Float64Array(count);
    let sent = 0;
    const started = new Map();
    // One worker has one call in flight, so asking for the next ends the one before.
    const nextFor = (worker) => () => {
      const now = process.hrtime.bigint();
      const last = started.get(worker);
      if (last !== undefined) times[last.i] = Number(now - last.at) / 1e6;
      if (sent >= count) return -1;
      started.set(worker, { i: sent, at: now });
      return sent++;
    };
    const before = await ask('cpu');
    const begun = process.hrtime.bigint();
    await Promise.all(Array.from({ length: Number(CONCURRENCY) }, (_, w) => worker(nextFor(w))));
    const seconds = Number(process.hrtime.bigint() - begun) / 1e9;
    const after = await ask('cpu');
    if (isWarmUp) continue;
    times.sort();
    const at = (share) => times[Math.floor(share * (count - 1))].toFixed(2);
    const cpu = ((after.cpuUs - before.cpuUs) / count).toFixed(1);
    print(
      `${name}: ${Math.round(count / seconds)} calls/s, p50 ${at(0.5)} p99 ${at(0.99)} ms, ` +
        `server CPU ${cpu} us a call = ${Math.round(1e6 / cpu)} calls/s a core`,
    );
  }
}
