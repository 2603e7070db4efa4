import { readdir } from 'node:fs/promises';
import type { StackHandle } from '@fraudflow/local';
import { defaultLibDir } from '@fraudflow/local';
import type { EventBus } from '@fraudflow/messaging';
import type { DemoContext } from '../../demo/demo-context.js';
import { DEMO_DEFAULTS, type DemoOptions } from '../../demo/demo-options.js';
import { startDemoStack } from '../../demo/demo-stack.js';
import { openDemoContext } from '../../demo/open-demo-context.js';
import { firstModelPhase } from '../../demo/phases/first-model.phase.js';
import { historyPhase } from '../../demo/phases/history.phase.js';
import { PlainView } from '../../demo/view/demo-view.js';
import { PhaseBoard } from '../../demo/view/phase-board.js';
import { kafkaBus } from '../../replay/connect.js';
import type { Bench, BenchContext, OpenBench } from '../bench.js';
import type { RunFigures } from '../report/figure.js';
import { measureLatency } from './latency.js';
import { measurePredict } from './predict-latency.js';
import { measureThroughput } from './throughput.js';

const NO_FAULTS = { badPerDay: 0, duplicatesPerDay: 0, unknownLabelsPerDay: 0 };
const HISTORY_DAYS = 40;
const SETUP_PATIENCE_MS = 600_000;

/** All six services, the broker and both stores on one machine, with a model that was trained on what was sent. */
export const pipelineBench: Bench = {
  name: 'pipeline',
  description: 'six services: transactions a second to a score, event → score latency, gRPC Predict latency',
  async open(context: BenchContext): Promise<OpenBench> {
    const options = benchOptions(context.dataDir);
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
      return new PipelineBench({ demo, stack, bus, context }, await versions(options));
    } catch (thrown) {
      // An observer that looks on would keep the process alive for ever; and a client waits for a broker that has gone before it.
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
    const { demo, stack, context } = this.parts;
    const { note } = context;
    note(`run ${run}: throughput`);
    const throughput = await measureThroughput(demo);
    note(`run ${run}: event → score`);
    const latency = await measureLatency(demo);
    note(`run ${run}: Predict`);
    const predict = await measurePredict(demo);
    const memoryMb = Object.entries(stack.memoryMb()).map(([part, value]) => [
      `memory_${part}`,
      { value, unit: 'MiB' },
    ]);
    return { ...throughput, ...latency, ...predict, ...(Object.fromEntries(memoryMb) as RunFigures) };
  }

  async close(): Promise<void> {
    await this.parts.bus.close();
    await this.parts.stack.stop();
  }
}

function benchOptions(dataDir: string): DemoOptions {
  return {
    ...DEMO_DEFAULTS,
    customers: 2_000,
    terminals: 4_000,
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
