import { DAY_MS } from '@fraudflow/core';
import { type DemoContext, waitUntil } from '../context/demo-context.js';
import type { LiveTraffic } from '../context/live-traffic.js';
import { remainingMs, whileAtWork } from './loop-patience.js';

/**
 * (d) From the next simulated day on customers spend more and frauds are bursts of small amounts. Waits until the drift
 * monitor has requested a new model.
 * @returns event time of the change, ms.
 */
export async function driftPhase(context: DemoContext, traffic: LiveTraffic): Promise<number> {
  const { board, observer, options, source, view } = context;
  board.begin('drift');
  const changesAtMs = nextDayAt(observer.eventTimeMs ?? 0);
  source.drift({ kind: 'spending', factor: 1.5 });
  source.drift({ kind: 'card_testing', cardsPerDay: Math.max(2, options.customers / 150) });
  source.drift({ kind: 'fraud_rate', factor: 2 });
  const firstDay = traffic.days;
  view.note(
    `from ${new Date(changesAtMs).toISOString().slice(0, 10)} on: amounts × 1.5, card testing, twice the compromises`,
  );
  const isAsked = (): boolean =>
    observer.story.requestsByEvidence().some((request) => happenedAfter(request, changesAtMs));
  await waitUntil(context, isAsked, {
    what: 'a retraining request after the drift',
    limitMs: remainingMs(context),
    mayGoOn: whileAtWork(context, () => ({
      signs: observer.story.verdicts.length,
      chances: observer.story.verdicts.filter(({ window_end: end }) => Date.parse(end) > changesAtMs).length,
    })),
    onPoll: () => board.progress(undefined, `day ${traffic.days - firstDay} after the change; ${evidence(context)}`),
  });
  const request = observer.story.requestsByEvidence().find((one) => happenedAfter(one, changesAtMs));
  view.note(
    `the drift monitor requests a new model: ${request?.reason}, ${JSON.stringify(request?.evidence)}`.slice(0, 200),
  );
  board.progress(1, `requested on day ${traffic.days - firstDay}`);
  return changesAtMs;
}

function happenedAfter(
  request: { readonly window_end?: string | undefined; readonly requested_at: string },
  ms: number,
) {
  return Date.parse(request.window_end ?? request.requested_at) >= ms;
}

function evidence({ observer }: DemoContext): string {
  const { windows, alarms } = observer.story.drift;
  const newest = observer.story.verdicts.at(-1);
  return `${windows} windows, ${alarms} alarms${newest === undefined ? '' : `, evidence 10^${newest.evidence_log10.toFixed(1)}`}`;
}

function nextDayAt(eventTimeMs: number): number {
  return (Math.floor(eventTimeMs / DAY_MS) + 1) * DAY_MS;
}
