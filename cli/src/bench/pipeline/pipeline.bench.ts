import { readdir } from 'node:fs/promises';
import { DAY_MS } from '@fraudflow/core';
import type { StackHandle } from '@fraudflow/local';
import { defaultLibDir } from '@fraudflow/local';
import type { EventBus } from '@fraudflow/messaging';
import { TransactionSimulator } from '@fraudflow/simulator';
import type { DemoContext } from '../../demo/context/demo-context.js';
import { DEMO_DEFAULTS, type DemoOptions, simulatedWorld } from '../../demo/context/demo-options.js';
import { startDemoStack } from '../../demo/demo-stack.js';
import { PeakMemory } from '../../demo/facts/peak-memory.js';
import { openDemoContext } from '../../demo/open-demo-context.js';
import { firstModelPhase } from '../../demo/phases/first-model.phase.js';
import { historyPhase } from '../../demo/phases/history.phase.js';
import { TrafficSource } from '../../demo/traffic/traffic-source.js';
import { PlainView } from '../../demo/view/demo-view.js';
import { PhaseBoard } from '../../demo/view/phase-board.js';
import { kafkaBus } from '../../replay/connect.js';
import type { Bench, BenchContext, OpenBench } from '../contract/bench.js';
import { ManyWorlds } from '../load/many-worlds.js';
import type { RunFigures } from '../report/figure.js';
import { measureLatency } from './latency.js';
import { measurePredict, measurePredictBesideStream } from './predict-latency.js';
import { measureThroughput } from './throughput.js';

const NO_FAULTS = { badPerDay: 0, duplicatesPerDay: 0, unknownLabelsPerDay: 0 };
const HISTORY_DAYS = 40;
const SETUP_PATIENCE_MS = 600_000;
const CUSTOMERS_OF_A_WORLD = 2_000;
const SAMPLE_MEMORY_EVERY_MS = 500;

/** All six services, the broker and both stores on one machine, with a model that was trained on what was sent. */
export const pipelineBench: Bench = {
  name: 'pipeline',
  description: 'six services: transactions a second to a score, event → score latency, gRPC Predict latency',
  startsAnew: true,
  async open(context: BenchContext): Promise<OpenBench> {
    const options = benchOptions(context);
    const view = new PlainView({ write: (text) => context.note(text.trimEnd()) });
    const board = new PhaseBoard();
    board.begin('setup');
    const stack = await startDemoStack(options, context.cli, context.note);
    const bus = kafkaBus(stack.addresses.kafkaBrokers);
    let demo: DemoContext | undefined;
    try {
      demo = await openDemoContext({ options, cli: context.cli, view, board, stack, bus });
      demo.observer.start();
      await historyPhase(demo);
      await firstModelPhase(demo);
      await demo.observer.stop();
      const measured = { ...demo, source: await measuredSource(demo, context) };
      return new PipelineBench({ demo: measured, stack, bus, context }, await versions(options));
    } catch (thrown) {
      // An observer that looks on would keep the process alive for ever; and a client waits for a broker that has gone
      // before it.
      await demo?.observer.stop();
      await bus.close();
      await stack.stop();
      throw thrown;
    }
  },
};

interface PipelineParts {
  readonly demo: DemoContext;
  readonly stack: StackHandle;
  readonly bus: EventBus;
  readonly context: BenchContext;
}

class PipelineBench implements OpenBench {
  constructor(
    private readonly parts: PipelineParts,
    readonly versions: Readonly<Record<string, string>>,
  ) {}

  async measure(run: number): Promise<RunFigures> {
    const { stack } = this.parts;
    const peak = new PeakMemory();
    const sampling = setInterval(() => peak.sample(stack.memoryMb()), SAMPLE_MEMORY_EVERY_MS);
    try {
      return await this.measureParts(run, peak);
    } finally {
      clearInterval(sampling);
    }
  }

  private async measureParts(run: number, peak: PeakMemory): Promise<RunFigures> {
    const { demo, context } = this.parts;
    const { note } = context;
    note(`run ${run}: throughput`);
    const throughput = await measureThroughput(demo);
    note(`run ${run}: event → score`);
    const latency = await measureLatency(demo);
    note(`run ${run}: Predict`);
    const predict = await measurePredict(demo);
    note(`run ${run}: Predict beside the stream`);
    const beside = await measurePredictBesideStream(demo);
    const memoryMb = Object.entries(peak.peaks()).map(([part, value]) => [
      `memory_peak_${part}`,
      { value, unit: 'MiB' },
    ]);
    return { ...throughput, ...latency, ...predict, ...beside, ...(Object.fromEntries(memoryMb) as RunFigures) };
  }

  async close(): Promise<void> {
    await this.parts.bus.close();
    await this.parts.stack.stop();
  }
}

/**
 * The traffic that is measured. With more customers than the model was trained on, it is a wider population from the
 * same day on: one day of it is sent first, so that most of its entities have a state in Redis, and few of those are in
 * the stages' memory.
 */
async function measuredSource(demo: DemoContext, { options, note }: BenchContext): Promise<TrafficSource> {
  const count = Math.round(options.customers / CUSTOMERS_OF_A_WORLD);
  if (count <= 1) return demo.source;
  const { startAtMs = 0, ...world } = simulatedWorld(demo.options);
  const begin = startAtMs + demo.source.days * DAY_MS;
  const worlds = Array.from(
    { length: count },
    (_, n) => new TransactionSimulator({ ...world, seed: 1_000 + n, startAtMs: begin }),
  );
  const source = new TrafficSource(new ManyWorlds(worlds), demo.options.labelDelayMs, NO_FAULTS);
  note(`one day of ${options.customers} customers`);
  await measureThroughput({ ...demo, source });
  return source;
}

function benchOptions({ dataDir, options }: BenchContext): DemoOptions {
  return {
    ...DEMO_DEFAULTS,
    customers: CUSTOMERS_OF_A_WORLD,
    terminals: 2 * CUSTOMERS_OF_A_WORLD,
    partitions: options.partitions,
    historyDays: HISTORY_DAYS,
    faults: NO_FAULTS,
    patienceMs: SETUP_PATIENCE_MS,
    isPlain: true,
    keepsRunning: false,
    summaryPath: undefined,
    dataDir,
  };
}

async function versions({ partitions }: DemoOptions): Promise<Readonly<Record<string, string>>> {
  const jars = await readdir(defaultLibDir()).catch(() => []);
  const kafka = jars.map((jar) => /^kafka-clients-(.+)\.jar$/.exec(jar)?.[1]).find((version) => version !== undefined);
  return { kafka: kafka ?? 'not embedded', partitions: String(partitions) };
}
