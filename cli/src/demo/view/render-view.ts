import { bar, grouped } from '../../replay/progress-line.js';
import type { Flow } from '../facts/flow-meter.js';
import type { Percentiles } from '@fraudflow/bench';
import { PHASE_TITLES, type PhaseState, type ViewState } from './view-state.js';

const TITLE_WIDTH = 58;
const BAR_WIDTH = 24;

/** The whole screen as plain lines, without colours or cursor movement. */
export function renderView(state: ViewState): readonly string[] {
  return [
    'FraudFlow demo',
    '',
    ...state.phases.map(phaseLine),
    '',
    ...flowLines(state),
    '',
    `event → score   ${latencies(state.eventToScoreMs)}    lag ${grouped(state.lag)}`,
    `gRPC Predict    ${latencies(state.predictMs)}    ${grouped(state.predictCalls)} calls, ${state.predictFailures} failed`,
    modelLine(state),
    driftLine(state),
    memoryLine(state),
  ];
}

/** One line for a log. */
export function renderStatus(state: ViewState): string {
  const phase = state.phases.findLast(({ isDone }) => !isDone) ?? state.phases.at(-1);
  const share = phase?.share === undefined ? '' : ` ${Math.round(phase.share * 100)}%`;
  return [
    `${phase?.name ?? 'starting'}${share}${phase?.detail ? ` (${phase.detail})` : ''}`,
    `in ${rate(state.flows.transactions)}`,
    `scored ${rate(state.flows.scored)}`,
    `lag ${grouped(state.lag)}`,
    `event→score ${latencies(state.eventToScoreMs)}`,
    `predict ${latencies(state.predictMs)}`,
    `model ${state.activeModel ?? 'none'}`,
    `drift ${state.drift.windows} windows ${state.drift.alarms} alarms`,
  ].join(' | ');
}

function phaseLine({ name, seconds, isDone, share, detail }: PhaseState): string {
  const mark = isDone ? '✓' : '▶';
  const shown = isDone ? '' : share === undefined ? detail : `${bar(share, BAR_WIDTH)} ${detail}`;
  return `${mark} ${PHASE_TITLES[name].padEnd(TITLE_WIDTH)} ${seconds.toFixed(1).padStart(6)} s  ${shown}`.trimEnd();
}

function flowLines({ flows, eventTime }: ViewState): readonly string[] {
  const cell = (name: string, flow: Flow): string => `${name} ${grouped(flow.count)} (${rate(flow)})`;
  const time =
    eventTime === undefined ? '' : `   event time ${new Date(eventTime).toISOString().slice(0, 16).replace('T', ' ')}`;
  return [
    ['  ', cell('transactions', flows.transactions), ' → ', cell('validated', flows.validated)].join(''),
    ['  → ', cell('features', flows.features), ' → ', cell('scored', flows.scored)].join(''),
    `  rejected ${grouped(flows.rejected.count)}, labels ${grouped(flows.labels.count)}${time}`,
  ];
}

function modelLine({ activeModel, models }: ViewState): string {
  return `active model ${activeModel ?? 'none yet'}${models.length === 0 ? '' : `    ${models.join('; ')}`}`;
}

function driftLine({ drift }: ViewState): string {
  const evidence = drift.evidenceLog10 === undefined ? '' : `, evidence 10^${drift.evidenceLog10.toFixed(1)}`;
  const columns = drift.driftedColumns.length === 0 ? '' : ` in ${drift.driftedColumns.slice(0, 4).join(', ')}`;
  return `drift           ${drift.windows} windows, ${drift.alarms} alarms, ${drift.retrainingEvents} retraining events${evidence}${columns}`;
}

function memoryLine({ memoryMb }: ViewState): string {
  const parts = Object.entries(memoryMb).map(([name, mb]) => `${name} ${Math.round(mb)}`);
  return `memory MiB      ${parts.length === 0 ? '–' : parts.join(', ')}`;
}

function latencies({ p50, p99 }: Percentiles): string {
  return `p50 ${milliseconds(p50)} p99 ${milliseconds(p99)}`;
}

function milliseconds(ms: number): string {
  if (!Number.isFinite(ms)) return '–';
  return ms < 10 ? `${ms.toFixed(1)} ms` : `${grouped(ms)} ms`;
}

function rate(flow: Flow): string {
  return `${grouped(flow.perSecond)}/s`;
}
