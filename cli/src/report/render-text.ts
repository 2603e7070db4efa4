import { renderTable } from '../program/table.js';
import {
  entityLine,
  FEATURE_COLUMNS,
  featureRow,
  flowLines,
  HOT_KEY_COLUMNS,
  hotKeys,
  reportLine,
} from './describe-view.js';
import { percent } from './figures.js';
import type { FeatureReport, ViewReport } from './read-feature-statistics.js';

/** The report for a terminal: arrivals, entities and value statistics of each view. */
export function renderText(report: FeatureReport): string {
  return [reportLine(report), ...report.views.flatMap((view) => ['', ...viewLines(view, report.measuredAtMs)])].join(
    '\n',
  );
}

function viewLines(view: ViewReport, measuredAtMs: number): readonly string[] {
  const lines = [`${view.view} (${view.kind})`, ...flowLines(view, measuredAtMs).map(indented)];
  if (view.rows === 0) return lines;
  for (const entity of view.entities) {
    const keys = hotKeys(view, entity.entity).map(({ key, rows, share }) => [key, rows, percent(share)]);
    lines.push(indented(`${entityLine(entity)}${keys.length === 0 ? '; none of them is hot' : ''}`));
    if (keys.length > 0) lines.push(table([HOT_KEY_COLUMNS, ...keys]));
  }
  return [...lines, table([FEATURE_COLUMNS, ...view.features.map(featureRow)])];
}

function table(rows: readonly (readonly string[])[]): string {
  return renderTable(rows)
    .split('\n')
    .map((line) => `    ${line}`)
    .join('\n');
}

function indented(line: string): string {
  return `  ${line}`;
}
