import {
  entityLine,
  FEATURE_COLUMNS,
  featureRow,
  flowLines,
  HOT_KEY_COLUMNS,
  hotKeys,
  missingShare,
  reportLine,
} from '../describe-view.js';
import { moment, percent } from '../figures.js';
import type { FeatureFigures, FeatureReport, ViewReport } from '../read-feature-statistics.js';
import { type Cell, escaped, htmlTable } from './markup.js';
import { histogram, shareBar } from './plots.js';
import { STYLE } from './style.js';

const MISSING_COLUMN = FEATURE_COLUMNS.indexOf('missing');

/** The report as one self-contained file without scripts, external fonts or pictures. */
export function renderHtml(report: FeatureReport): string {
  const title = `Feature statistics, ${moment(report.measuredAtMs)}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${escaped(title)}</h1>
<p>${escaped(reportLine(report))}</p>
<nav>${report.views.map(({ view }) => `<a href="#${escaped(view)}">${escaped(view)}</a>`).join(' ')}</nav>
${report.views.map((view) => section(view, report.measuredAtMs)).join('\n')}
<footer>Shares, moments and extremes are of all rows; quantiles and histograms are of a uniform sample of them. The outermost bars also
hold the values beyond. Counts of hot keys are bounds; lags are within 1.6 %.</footer>
</body>
</html>
`;
}

function section(view: ViewReport, measuredAtMs: number): string {
  const flow = flowLines(view, measuredAtMs).map((line) => `<li>${escaped(line)}</li>`);
  const entities = view.rows === 0 ? [] : view.entities.map((entity) => entityPart(view, entity));
  return `<section id="${escaped(view.view)}">
<h2>${escaped(view.view)} <small>${escaped(view.kind)}</small></h2>
<ul>${flow.join('')}</ul>
${entities.join('\n')}
${view.rows === 0 ? '' : featureTable(view.features)}
</section>`;
}

function entityPart(view: ViewReport, entity: ViewReport['entities'][number]): string {
  const keys = hotKeys(view, entity.entity);
  const line = `<p>${escaped(entityLine(entity))}${keys.length === 0 ? '; none of them is hot' : ''}</p>`;
  if (keys.length === 0) return line;
  const rows = keys.map(({ key, rows: count, share }) => [key, count, { markup: shareBar(share, percent(share)) }]);
  return `${line}\n${htmlTable(HOT_KEY_COLUMNS, rows)}`;
}

function featureTable(features: readonly FeatureFigures[]): string {
  return htmlTable(
    [...FEATURE_COLUMNS, 'distribution'],
    features.map((feature) => [...featureRow(feature).map((cell, i) => marked(cell, i, feature)), plot(feature)]),
  );
}

/** Gaps are first. */
function marked(cell: string, column: number, feature: FeatureFigures): Cell {
  if (column !== MISSING_COLUMN || !(missingShare(feature) > 0)) return cell;
  return { markup: `<strong class="gap">${escaped(cell)}</strong>` };
}

function plot({ distribution, name, dtype }: FeatureFigures): Cell {
  return distribution === undefined ? '' : { markup: histogram(distribution, name, dtype) };
}
