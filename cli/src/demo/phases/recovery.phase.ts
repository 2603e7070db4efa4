import type { DemoContext } from '../context/demo-context.js';
import { waitUntil } from '../context/demo-context.js';
import type { LiveTraffic } from '../context/live-traffic.js';
import { remainingMs, whileAtWork } from './loop-patience.js';

/**
 * (e) Waits until a challenger requested by the drift monitor is in Production and scores, then waits for some more
 * days.
 */
export async function recoveryPhase(context: DemoContext, traffic: LiveTraffic, driftedAtMs: number): Promise<void> {
  const { board, observer, options, view } = context;
  board.begin('recovery');
  const newChampion = (): string | undefined => {
    const version = observer.story.closedBy(driftedAtMs);
    return version !== undefined && observer.scores.byVersion.has(version) ? version : undefined;
  };
  let reported = observer.story.trainings.length;
  await waitUntil(context, () => newChampion() !== undefined, {
    what: 'a new champion',
    limitMs: remainingMs(context),
    mayGoOn: whileAtWork(context, () => ({
      signs: observer.story.trainings.length,
      chances: observer.story.trainings.length,
    })),
    onPoll: () => {
      board.progress(
        undefined,
        `${observer.story.drift.retraining_events} requests, ${observer.story.trainings.length} trainings ended`,
      );
      for (; reported < observer.story.trainings.length; reported++) noteTraining(context, reported);
    },
  });
  const firstDay = traffic.days;
  view.note(`version ${newChampion()} took over and scores live traffic`);
  await waitUntil(context, () => traffic.days - firstDay >= options.afterDays, {
    what: 'the days after',
    limitMs: 30_000,
    onPoll: () =>
      board.progress((traffic.days - firstDay) / Math.max(1, options.afterDays), 'days with the new champion'),
  });
  board.progress(1, `version ${newChampion()} active`);
}

function noteTraining({ observer, view }: DemoContext, index: number): void {
  const training = observer.story.trainings[index];
  if (training === undefined) return;
  const failed = training.gates
    .filter((gate) => !gate.passed)
    .map((gate) => `${gate.gate} ${gate.value} against ${gate.bound}`);
  view.note(`training ${training.outcome}: ${training.message}${failed.length === 0 ? '' : ` (${failed.join(', ')})`}`);
}
