import { grouped } from '../../replay/progress-line.js';
import type { DemoSummary, PercentilesOrNull } from '../facts/summary.js';

/** The summary as text. */
export function renderSummary(summary: DemoSummary): readonly string[] {
  const { counts, latency_ms, drift, evidence } = summary;
  return [
    '',
    `transactions   ${grouped(counts.produced)} produced = ${grouped(counts.validated)} validated + ${counts.rejected} rejected + ${counts.duplicates} duplicates`,
    `scores         ${grouped(counts.scored)}, lost ${counts.lost}, twice ${counts.scored_twice}`,
    `event → score  ${latency(latency_ms.event_to_score)} over ${grouped(evidence.live_transactions)} live transactions`,
    `Predict        ${latency(latency_ms.predict)} over ${grouped(evidence.predict_calls)} calls, failed ${failedCalls(summary)}`,
    ...summary.models.map(
      (model) =>
        `model ${model.version.padEnd(8)} AP ${figure(model.average_precision)}, AUC ${figure(model.auc_roc)}, CP@100 ${figure(model.card_precision_100)}; ${model.stages.join(' → ')}`,
    ),
    `drift          ${drift.windows} windows, ${drift.alarms} alarms, ${drift.retraining_events} retraining events`,
    `loop           ${summary.loop_closed ? 'closed: the challenger replaced the champion automatically' : 'NOT closed'}`,
    `memory MiB     ${pairs(summary.memory_mb)}`,
    `seconds        ${pairs(summary.seconds)}`,
  ];
}

function latency({ p50, p99 }: PercentilesOrNull): string {
  return p50 === null || p99 === null ? 'not measured' : `p50 ${p50} ms, p99 ${p99} ms`;
}

function failedCalls({ evidence }: DemoSummary): number {
  return Object.values(evidence.predict_failures).reduce((sum, count) => sum + count, 0);
}

function figure(value: number | null): string {
  return value === null ? '–' : value.toFixed(3);
}

function pairs(values: Readonly<Record<string, number>>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');
}
