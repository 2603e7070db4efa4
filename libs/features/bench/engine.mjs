// Window engine alone, one core: the 15 features of synthetic events at the handbook's rates (9,600 a day over 5,000
// customers and 10,000 terminals, uniform keys). Run `npx tsc -b libs/features` first; arguments: [events] [runs].
import { CustomerState, idHash, TerminalState, transactionFeatures } from '../dist/index.js';

const EVENTS = Number(process.argv[2] ?? 3_000_000);
const RUNS = Number(process.argv[3] ?? 3);
const CUSTOMERS = 5_000;
const TERMINALS = 10_000;
const STEP_MS = 86_400_000 / 9_600;
const DELAY_MS = 7 * 86_400_000;
const FRAUD_EVERY = 122;
const WARM_UP = 600_000;

const print = (line) => process.stdout.write(`${line}\n`);

/** xorshift32: the same keys in every run. */
function generator(seed) {
  let x = seed;
  return () => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return x >>> 0;
  };
}

function run(withTimes) {
  const random = generator(2463534242);
  const customers = Array.from({ length: CUSTOMERS }, () => CustomerState.empty());
  const terminals = Array.from({ length: TERMINALS }, () => TerminalState.empty());
  const out = new Float64Array(15);
  const id = { hi: 0, lo: 0 };
  const event = { idHash: id, occurredAtMs: 0, amountMinor: 0 };
  const label = { idHash: id, occurredAtMs: 0, isFraud: true, labelledAtMs: 0, sourceRank: 0 };
  const nanos = withTimes ? new Float64Array(EVENTS) : undefined;
  let begun = process.hrtime.bigint();
  let cpu = process.cpuUsage();
  for (let i = -WARM_UP; i < EVENTS; i++) {
    if (i === 0) {
      begun = process.hrtime.bigint();
      cpu = process.cpuUsage();
    }
    id.hi = random();
    id.lo = random();
    event.occurredAtMs = Math.floor((i + WARM_UP) * STEP_MS);
    event.amountMinor = random() % 20_000;
    const customer = customers[random() % CUSTOMERS];
    const terminal = terminals[random() % TERMINALS];
    const from = nanos === undefined ? 0n : process.hrtime.bigint();
    transactionFeatures(event.occurredAtMs, event.amountMinor, out);
    customer.apply(event);
    customer.features(event.occurredAtMs, out);
    terminal.apply(event);
    terminal.features(event.occurredAtMs, out);
    if (nanos !== undefined && i >= 0) nanos[i] = Number(process.hrtime.bigint() - from);
    if (i % FRAUD_EVERY === 0) {
      label.occurredAtMs = event.occurredAtMs;
      label.labelledAtMs = event.occurredAtMs + DELAY_MS;
      terminal.applyLabel(label);
    }
  }
  const seconds = Number(process.hrtime.bigint() - begun) / 1e9;
  const used = process.cpuUsage(cpu);
  return { seconds, cpuUs: (used.user + used.system) / EVENTS, nanos, customers, terminals };
}

function reportCodec(name, states, decode) {
  const rounds = 5;
  const packed = states.map((state) => state.encode());
  let begun = process.hrtime.bigint();
  for (let i = 0; i < rounds; i++) for (const state of states) state.encode();
  const encodeUs = Number(process.hrtime.bigint() - begun) / 1e3 / states.length / rounds;
  begun = process.hrtime.bigint();
  for (let i = 0; i < rounds; i++) for (const bytes of packed) decode(bytes);
  const decodeUs = Number(process.hrtime.bigint() - begun) / 1e3 / states.length / rounds;
  const mean = (of) => Math.round(states.reduce((sum, state, i) => sum + of(state, i), 0) / states.length);
  const packedBytes = mean((_, i) => packed[i].length);
  const figures = `${mean((s) => s.eventCount)} events, ${packedBytes} B packed, ${mean((s) => s.byteLength)} B held`;
  print(`${name}: ${figures}, encode ${encodeUs.toFixed(2)} us, decode ${decodeUs.toFixed(2)} us`);
}

function reportIdHash() {
  const begun = process.hrtime.bigint();
  let sum = 0;
  for (let i = 0; i < 1_000_000; i++) sum ^= idHash(`tx-${1_000_000 + i}`).lo;
  print(`idHash of 10 characters: ${(Number(process.hrtime.bigint() - begun) / 1e9).toFixed(3)} us (${sum})`);
}

print(`node ${process.version}, ${EVENTS} events, ${RUNS} runs`);
for (let i = 0; i < RUNS; i++) {
  const { seconds, cpuUs } = run(false);
  print(`run ${i + 1}: ${Math.round(EVENTS / seconds)} events/s, ${cpuUs.toFixed(3)} us CPU an event`);
}
const timed = run(true);
const sorted = timed.nanos.sort();
const at = (share) => `${(sorted[Math.floor(share * (EVENTS - 1))] / 1e3).toFixed(2)} us`;
print(`per event: p50 ${at(0.5)}, p99 ${at(0.99)}, p99.9 ${at(0.999)}, p99.99 ${at(0.9999)}`);
reportCodec('customer', timed.customers, (bytes) => CustomerState.decode(bytes));
reportCodec('terminal', timed.terminals, (bytes) => TerminalState.decode(bytes));
reportIdHash();
print(`RSS ${Math.round(process.memoryUsage().rss / 2 ** 20)} MiB`);
