import type { CliContext } from '../../program/cli-context.js';
import { bar, grouped, ProgressLine, type ProgressOutput, standardError } from '../../replay/progress-line.js';
import type { FoldStage } from '../folds/run-fold.js';
import type { ReadProgress } from '../history/read-history.js';
import { dayText } from '../options/option-values.js';
import type { SearchProgress } from '../search/run-search.js';

const BAR_WIDTH = 30;

/** Progress of the commands `learn evaluate` and `learn search`, one changing line on standard error. */
export class LearnProgress {
  readonly #line: ProgressLine;
  #isReading = true;
  #read: ReadProgress = { share: 0, rows: 0, newestMs: Number.NaN };

  /** @param context its `note` prints the lines if standard error is not a terminal */
  constructor({ note }: Pick<CliContext, 'note'>) {
    const lines: ProgressOutput = { isTerminal: false, write: (text) => note(text.trimEnd()) };
    this.#line = new ProgressLine(standardError.isTerminal ? standardError : lines);
  }

  read(progress: ReadProgress): void {
    this.#read = progress;
    this.#line.update(`${bar(progress.share, BAR_WIDTH)} ${readText(progress)}`);
  }

  /** @param folds number of folds */
  fold(index: number, folds: number, { stage, share }: { readonly stage: FoldStage; readonly share: number }): void {
    this.#endReading();
    this.#line.update(`${bar(share, BAR_WIDTH)} fold ${index + 1} of ${folds}: ${stage}`);
  }

  trial({ round, trial, fold, share, done }: SearchProgress): void {
    this.#endReading();
    const name = `round ${round + 1}, trial ${trial.id}, fold ${fold.index + 1}`;
    this.#line.update(`${bar(share, BAR_WIDTH)} ${name}; ${grouped(done)} trainings done`);
  }

  /** Prints the last line. */
  finish(text: string): void {
    this.#line.finish(text);
  }

  #endReading(): void {
    if (!this.#isReading) return;
    this.#isReading = false;
    this.#line.finish(`${bar(1, BAR_WIDTH)} ${readText(this.#read)}`);
  }
}

function readText({ rows, newestMs }: ReadProgress): string {
  return `${grouped(rows)} rows read${Number.isNaN(newestMs) ? '' : `, at ${dayText(newestMs)}`}`;
}
