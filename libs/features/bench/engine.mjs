// The window engine alone, one core. Run `npx tsc -b libs/features` first; arguments: [events] [runs].
import { benchEngine, FRAUD_DETECTION_FEATURES, COMPUTED_FEATURES } from '../dist/index.js';

const EVENTS = Number(process.argv[2] ?? 3_000_000);
const TIMED = Math.min(EVENTS, 500_000);
const RUNS = Number(process.argv[3] ?? 3);

const clock = {
  nowUs: () => performance.now() * 1e3,
  cpuUs: () => {
    const { user, system } = process.cpuUsage();
    return user + system;
  },
};
const print = (line) => process.stdout.write(`${line}\n`);

print(`node ${process.version}, ${EVENTS} events, ${RUNS} runs`);
for (const { name, features } of [
  { name: 'the 15', features: FRAUD_DETECTION_FEATURES.features },
  { name: `all ${COMPUTED_FEATURES.length}`, features: COMPUTED_FEATURES },
]) {
  for (let i = 1; i <= RUNS; i++) {
    const { eventsPerSecond, cpuUsPerEvent, writeCpuUsPerEvent } = benchEngine({
      features,
      events: EVENTS,
      clock,
      isTimed: false,
    });
    const writes = `${writeCpuUsPerEvent.toFixed(2)} us to take what is to be written`;
    print(
      `${name}, run ${i}: ${Math.round(eventsPerSecond)} events/s, ${cpuUsPerEvent.toFixed(3)} us CPU an event, ${writes}`,
    );
  }
  // The same events in each run: the least time of each is the engine's own, without what interrupted the process.
  const timed = Array.from({ length: 3 }, () => benchEngine({ features, events: TIMED, clock, isTimed: true }));
  const least = timed[0].timesUs.map((_, i) => Math.min(...timed.map(({ timesUs }) => timesUs[i]))).sort();
  const at = (share) => `${least[Math.floor(share * (TIMED - 1))].toFixed(2)} us`;
  const { customer, terminal } = timed[0];
  print(`${name}, per event, least of 3: p50 ${at(0.5)}, p99 ${at(0.99)}, p99.9 ${at(0.999)}, p99.99 ${at(0.9999)}`);
  for (const [entity, figures] of Object.entries({ customer, terminal })) {
    const { events, bytesPacked, bytesHeld, packUs, loadUs } = figures;
    const sizes = `${events.toFixed(0)} events, ${bytesPacked.toFixed(0)} B packed, ${bytesHeld.toFixed(0)} B held`;
    print(`${name}, ${entity}: ${sizes}, pack ${packUs.toFixed(2)} us, load ${loadUs.toFixed(2)} us`);
  }
}
print(`RSS ${Math.round(process.memoryUsage().rss / 2 ** 20)} MiB`);
