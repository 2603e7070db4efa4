import { renderTable } from '../../program/table.js';
import type { SearchResult } from './run-search.js';
import type { TrialResult } from './scoreboard.js';

const DECIMALS = 4;
const SHOWN = 5;

/** The best trials of a search as a table, best first. */
export function renderSearch({ trials, best, isStoppedEarly }: SearchResult): string {
  const ranked = trials.filter(({ scores }) => scores.length > 0).toSorted(byFoldsThenMean);
  const rows = ranked.slice(0, SHOWN).map(({ trial, scores, mean }) => [
    `${trial.id}${trial.id === best.id ? ' *' : ''}`,
    String(scores.length),
    mean.toFixed(DECIMALS),
    Object.entries(trial.settings)
      .map(([name, value]) => `${name} ${value}`)
      .join(', '),
  ]);
  return [
    renderTable([['trial', 'folds', 'mean AP', 'settings'], ...rows]),
    '* chosen; trial 0 has the settings of the recipe',
    ...(isStoppedEarly ? ['stopped early by --budget-minutes: another run may choose other settings'] : []),
  ].join('\n');
}

function byFoldsThenMean(one: TrialResult, other: TrialResult): number {
  return other.scores.length - one.scores.length || other.mean - one.mean || one.trial.id - other.trial.id;
}
