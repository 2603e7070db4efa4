import { kafkaBus, type TrainedSystem, type TrainedSystemOptions } from '@fraudflow/bench';
import type { CliContext } from '../program/cli-context.js';
import type { DemoContext } from './context/demo-context.js';
import { DEMO_DEFAULTS, type DemoOptions, simulatedWorld } from './context/demo-options.js';
import { startDemoStack } from './demo-stack.js';
import { openDemoContext } from './open-demo-context.js';
import { firstModelPhase } from './phases/first-model.phase.js';
import { historyPhase } from './phases/history.phase.js';
import { PlainView } from './view/demo-view.js';
import { PhaseBoard } from './view/phase-board.js';

/**
 * Runs the demo's first two phases, history and first model, for a bench of the whole system.
 * @throws AppError as `startDemoStack` and the phases do; nothing is left running then
 */
export async function startTrainedSystem(wanted: TrainedSystemOptions, context: CliContext): Promise<TrainedSystem> {
  const options = demoOptions(wanted);
  const cli = { ...context, interrupted: wanted.signal };
  const view = new PlainView({ write: (text) => cli.note(text.trimEnd()) });
  const board = new PhaseBoard();
  board.begin('setup');
  const stack = await startDemoStack(options, cli, cli.note);
  const bus = kafkaBus(stack.addresses.kafkaBrokers);
  const close = async (): Promise<void> => {
    // The client first: it would wait for a broker that has stopped.
    await bus.close();
    await stack.stop();
  };
  let demo: DemoContext | undefined;
  try {
    demo = await openDemoContext({ options, cli, view, board, stack, bus });
    demo.observer.start();
    await historyPhase(demo);
    await firstModelPhase(demo);
    await demo.observer.stop();
    const { log, writer, source, signal } = demo;
    return {
      stack,
      log,
      writer,
      source,
      signal,
      world: simulatedWorld(options),
      labelDelayMs: options.labelDelayMs,
      close,
    };
  } catch (thrown) {
    // A running observer would keep the process alive.
    await demo?.observer.stop();
    await close();
    throw thrown;
  }
}

function demoOptions(wanted: TrainedSystemOptions): DemoOptions {
  const { customers, terminals, historyDays, faults, partitions, dataDir } = wanted;
  return {
    ...DEMO_DEFAULTS,
    customers,
    terminals,
    historyDays,
    faults,
    partitions,
    dataDir,
    isPlain: true,
    keepsRunning: false,
    summaryPath: undefined,
  };
}
