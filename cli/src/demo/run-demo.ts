import { kafkaBus } from '@fraudflow/bench';
import { AppError } from '@fraudflow/core';
import type { StackHandle } from '@fraudflow/local';
import type { CliContext } from '../program/cli-context.js';
import type { DemoContext } from './context/demo-context.js';
import type { DemoOptions } from './context/demo-options.js';
import { startDemoStack } from './demo-stack.js';
import type { DemoSummary } from './facts/summary.js';
import { LiveTraffic } from './context/live-traffic.js';
import { openDemoContext } from './open-demo-context.js';
import { driftPhase } from './phases/drift.phase.js';
import { firstModelPhase } from './phases/first-model.phase.js';
import { historyPhase } from './phases/history.phase.js';
import { livePhase } from './phases/live.phase.js';
import { recoveryPhase } from './phases/recovery.phase.js';
import { summaryPhase } from './phases/summary.phase.js';
import type { DemoView } from './view/demo-view.js';
import { PhaseBoard } from './view/phase-board.js';

/** The result: the summary and the stack, which the caller stops. */
export interface DemoRun {
  readonly summary: DemoSummary;
  readonly stack: StackHandle;
}

/**
 * Runs all phases on a separate stack.
 * @throws DemoInterrupted after an interrupt, AppError when a phase before the drift fails; nothing is left running
 * then. If the loop does not close in time, the summary reports it.
 */
export async function runDemo(options: DemoOptions, cli: CliContext, view: DemoView): Promise<DemoRun> {
  const board = new PhaseBoard();
  board.begin('setup');
  const stack = await startDemoStack(options, cli, (line) => view.note(line));
  const bus = kafkaBus(stack.addresses.kafkaBrokers);
  try {
    const context = await openDemoContext({ options, cli, view, board, stack, bus });
    context.observer.start();
    try {
      return { summary: await story(context), stack };
    } finally {
      await context.observer.stop();
    }
  } catch (thrown) {
    await stack.stop();
    throw thrown;
  } finally {
    await bus.close();
  }
}

async function story(context: DemoContext): Promise<DemoSummary> {
  await historyPhase(context);
  await firstModelPhase(context);
  const fromMs = Date.now();
  const traffic = new LiveTraffic(context);
  let driftedAtMs: number | undefined;
  try {
    await livePhase(context, traffic);
    driftedAtMs = await driftedAndRecovered(context, traffic);
  } finally {
    await traffic.stop();
  }
  return summaryPhase(context, traffic, { fromMs, toMs: Date.now() }, driftedAtMs);
}

/**
 * The summary reports a loop that does not close in time; it is not an error, because the measurements until then
 * count.
 */
async function driftedAndRecovered(context: DemoContext, traffic: LiveTraffic): Promise<number | undefined> {
  let driftedAtMs: number | undefined;
  try {
    driftedAtMs = await driftPhase(context, traffic);
    await recoveryPhase(context, traffic, driftedAtMs);
  } catch (thrown) {
    if (!(thrown instanceof AppError && thrown.kind === 'timeout')) throw thrown;
    context.view.note(thrown.message);
  }
  return driftedAtMs;
}
