import { readdir } from 'node:fs/promises';
import { DAY_MS } from '@fraudflow/core';
import { defaultLibDir } from '@fraudflow/local';
import { TransactionSimulator } from '@fraudflow/simulator';
import { PeakMemory } from '../system/peak-memory.js';
import { TrafficSource } from '../traffic/traffic-source.js';
import type { Bench, BenchContext, BenchOptions, OpenBench } from '../contract/bench.js';
import type { TrainedSystem } from '../contract/trained-system.js';
import { ManyWorlds } from '../load/many-worlds.js';
import type { RunFigures } from '../report/figure.js';
import { measureLatency } from './latency.js';
import { measurePredict, measurePredictWithStream } from './predict-latency.js';
import { measureThroughput } from './throughput.js';

const NO_FAULTS = { badPerDay: 0, duplicatesPerDay: 0, unknownLabelsPerDay: 0 };
const HISTORY_DAYS = 40;
const CUSTOMERS_OF_A_WORLD = 2_000;
const SAMPLE_MEMORY_EVERY_MS = 500;

/** All six services, the broker and both stores on one machine, with a model trained on the sent history. */
export const pipelineBench: Bench = {
  name: 'pipeline',
  description: 'six services: transactions a second to a score, event → score latency, gRPC Predict latency',
  opensForEachRun: true,
  async open(context: BenchContext): Promise<OpenBench> {
    const { host, note, dataDir, options } = context;
    const system = await host.startTrainedSystem({
      customers: CUSTOMERS_OF_A_WORLD,
      terminals: 2 * CUSTOMERS_OF_A_WORLD,
      historyDays: HISTORY_DAYS,
      faults: NO_FAULTS,
      partitions: options.partitions,
      dataDir,
      signal: host.interrupted,
    });
    try {
      const source = await measuredSource(system, options.customers, note);
      return new PipelineBench({ ...system, source, close: () => system.close() }, note, await versions(options));
    } catch (thrown) {
      await system.close();
      throw thrown;
    }
  },
};

class PipelineBench implements OpenBench {
  constructor(
    private readonly system: TrainedSystem,
    private readonly note: BenchContext['note'],
    readonly versions: Readonly<Record<string, string>>,
  ) {}

  async measure(run: number): Promise<RunFigures> {
    const { stack } = this.system;
    const peak = new PeakMemory();
    const sampling = setInterval(() => peak.sample(stack.memoryMb()), SAMPLE_MEMORY_EVERY_MS);
    try {
      return await this.measureParts(run, peak);
    } finally {
      clearInterval(sampling);
    }
  }

  private async measureParts(run: number, peak: PeakMemory): Promise<RunFigures> {
    const { system, note } = this;
    note(`run ${run}: throughput`);
    const throughput = await measureThroughput(system);
    note(`run ${run}: event → score`);
    const latency = await measureLatency(system);
    note(`run ${run}: Predict`);
    const predict = await measurePredict(system);
    note(`run ${run}: Predict with the stream`);
    const withStream = await measurePredictWithStream(system);
    const memoryMb = Object.entries(peak.peaks()).map(([part, value]) => [
      `memory_peak_${part}`,
      { value, unit: 'MiB' },
    ]);
    return { ...throughput, ...latency, ...predict, ...withStream, ...(Object.fromEntries(memoryMb) as RunFigures) };
  }

  close(): Promise<void> {
    return this.system.close();
  }
}

/**
 * The measured traffic. With more customers than the model was trained on, it is a larger population that starts on the
 * next day. One day of it is sent first, so that most of its entities have a state in Redis, and few of those are in
 * the stages' memory.
 */
async function measuredSource(
  system: TrainedSystem,
  customers: number,
  note: BenchContext['note'],
): Promise<TrafficSource> {
  const count = Math.round(customers / CUSTOMERS_OF_A_WORLD);
  if (count <= 1) return system.source;
  const { startAtMs = 0, ...world } = system.world;
  const begin = startAtMs + system.source.days * DAY_MS;
  const worlds = Array.from(
    { length: count },
    (_, n) => new TransactionSimulator({ ...world, seed: 1_000 + n, startAtMs: begin }),
  );
  const source = new TrafficSource(new ManyWorlds(worlds), system.labelDelayMs, NO_FAULTS);
  note(`one day of ${customers} customers`);
  await measureThroughput({ ...system, source });
  return source;
}

async function versions({ partitions }: BenchOptions): Promise<Readonly<Record<string, string>>> {
  const jars = await readdir(defaultLibDir()).catch(() => []);
  const kafka = jars.map((jar) => /^kafka-clients-(.+)\.jar$/.exec(jar)?.[1]).find((version) => version !== undefined);
  return { kafka: kafka ?? 'not embedded', partitions: String(partitions) };
}
