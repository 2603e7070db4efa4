import { labelsTopic, transactionsTopic } from '@fraudflow/contracts';
import type { StackHandle } from '@fraudflow/local';
import type { EventBus } from '@fraudflow/messaging';
import { TransactionSimulator } from '@fraudflow/simulator';
import type { CliContext } from '../program/cli-context.js';
import { TopicWriter, TrafficSource } from '@fraudflow/bench';
import type { DemoContext } from './context/demo-context.js';
import { type DemoOptions, simulatedWorld } from './context/demo-options.js';
import { Observer } from './context/observer.js';
import type { DemoView } from './view/demo-view.js';
import type { PhaseBoard } from './view/phase-board.js';

export interface DemoParts {
  readonly options: DemoOptions;
  readonly cli: CliContext;
  readonly view: DemoView;
  readonly board: PhaseBoard;
  readonly stack: StackHandle;
  readonly bus: EventBus;
}

/** Creates the parts of a demo on a running stack; the observer is not started yet. */
export async function openDemoContext({ options, cli, view, board, stack, bus }: DemoParts): Promise<DemoContext> {
  const topics = [transactionsTopic.name, labelsTopic.name];
  const simulator = new TransactionSimulator(simulatedWorld(options));
  return {
    options,
    stack,
    view,
    board,
    log: bus.admin,
    signal: cli.interrupted,
    writer: await TopicWriter.open(bus.producer(), bus.admin, topics),
    source: new TrafficSource(simulator, options.labelDelayMs, options.faults),
    observer: new Observer({ stack, log: bus.admin, board, view }),
  };
}
