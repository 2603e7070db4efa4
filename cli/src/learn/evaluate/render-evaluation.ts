import { type FoldResult, TOP_CARDS } from '../folds/run-fold.js';
import { figuresOf, summariseFolds } from '../folds/summarise-folds.js';
import { dayText } from '../options/option-values.js';
import { renderTable } from '../../program/table.js';
import { grouped } from '../../replay/progress-line.js';
import type { EvaluateOptions } from './evaluate-arguments.js';

const DECIMALS = 4;
const SHOWN_DIGITS = 12;

const LABELS: Readonly<Record<string, string>> = {
  aucRoc: 'AUC',
  averagePrecision: 'AP',
  cardPrecision: `CP@${TOP_CARDS}`,
  perfectCardPrecision: `CP@${TOP_CARDS} of a perfect ranking`,
  precision: 'precision',
  recall: 'recall',
  f1: 'F1',
  accuracy: 'accuracy',
  logLoss: 'log loss',
  brier: 'Brier score',
  ece: 'calibration error',
  cost: 'cost',
  missedAmount: 'missed amount',
  caughtAmount: 'caught amount',
  falseAlarms: 'false alarms',
};

/** The result of `learn evaluate` as text: a table of rows and one of figures, a column per fold. */
export function renderEvaluation({ recipe, service }: EvaluateOptions, results: readonly FoldResult[]): string {
  return [
    `${recipe.name} on ${service.name}; intervals hold 95 %, cards resampled`,
    '',
    renderTable([['', ...results.map(({ fold }) => `fold ${fold.index + 1}`)], ...countRows(results)]),
    '',
    renderTable([['', ...results.map(({ fold }) => `fold ${fold.index + 1}`), 'mean', 'sd'], ...figureRows(results)]),
  ].join('\n');
}

function countRows(results: readonly FoldResult[]): readonly (readonly string[])[] {
  const row = (name: string, cell: (result: FoldResult) => string): readonly string[] => [name, ...results.map(cell)];
  return [
    row('train', ({ fold }) => days(fold.train)),
    row('rows, frauds', ({ counts }) => `${grouped(counts.trainRows)}, ${grouped(counts.trainFrauds)}`),
    row('test', ({ fold }) => days(fold.test)),
    row('rows, frauds', ({ counts }) => `${grouped(counts.testRows)}, ${grouped(counts.testFrauds)}`),
    row('removed rows, cards', ({ counts }) => `${grouped(counts.removedRows)}, ${grouped(counts.removedCards)}`),
    row('threshold', ({ chosen }) => `${chosen.threshold.toFixed(DECIMALS)} (${chosen.rule})`),
    row('ONNX SHA-256', ({ sha256 }) => sha256.onnx.slice(0, SHOWN_DIGITS)),
  ];
}

function figureRows(results: readonly FoldResult[]): readonly (readonly string[])[] {
  const summary = summariseFolds(results);
  const figures = results.map(figuresOf);
  const order = Object.keys(LABELS).filter((name) => name in summary);
  const others = Object.keys(summary).filter((name) => !(name in LABELS));
  return [...order, ...others].map((name) => [
    LABELS[name] ?? name.replace(/^recallScenario/, 'recall, scenario '),
    ...results.map((result, at) => withInterval(figures[at]?.[name] ?? Number.NaN, result.metrics[name])),
    figure(summary[name]?.mean ?? Number.NaN),
    figure(summary[name]?.sd ?? Number.NaN),
  ]);
}

function withInterval(value: number, interval: { readonly lower: number; readonly upper: number } | undefined): string {
  return interval === undefined
    ? figure(value)
    : `${figure(value)} (${figure(interval.lower)} to ${figure(interval.upper)})`;
}

function figure(value: number): string {
  if (Number.isNaN(value)) return '-';
  return Math.abs(value) >= 10 ? grouped(value) : value.toFixed(DECIMALS);
}

function days({ fromMs, toMs }: { readonly fromMs: number; readonly toMs: number }): string {
  return `${dayText(fromMs)} to ${dayText(toMs - 1)}`;
}
