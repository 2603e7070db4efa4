import { NativeLearner } from '@fraudflow/learners';
import type { Command } from 'commander';
import { evaluateFile } from '../learn/evaluate/evaluate.js';
import { type EvaluateArguments, evaluateOptions } from '../learn/evaluate/evaluate-arguments.js';
import { evaluationJson } from '../learn/evaluate/evaluation-json.js';
import { renderEvaluation } from '../learn/evaluate/render-evaluation.js';
import { LocalTreeTrainer } from '../learn/native/local-tree-trainer.js';
import { LearnProgress } from '../learn/progress/learn-progress.js';
import { writeJsonFile, writeResult } from '../learn/progress/write-result.js';
import { renderSearch } from '../learn/search/render-search.js';
import { searchSettings } from '../learn/search/run-search.js';
import { type SearchArguments, searchOptions } from '../learn/search/search-arguments.js';
import { searchJson } from '../learn/search/search-json.js';
import type { CliCommand } from '../program/cli-command.js';
import type { CliContext } from '../program/cli-context.js';
import { CommandFailed } from '../program/exit-code.js';
import { grouped } from '../replay/progress-line.js';

const EXIT_INTERRUPTED = 130;

/** `fraudflow learn evaluate|search`: the learning protocol on a file, without services. */
export const learnCommand: CliCommand = {
  register(program: Command, context: CliContext): void {
    const learn = program
      .command('learn')
      .description("judge recipes and search settings on a file of the handbook's format, without services")
      .enablePositionalOptions();
    // Options are checked together, so that one error names all that are missing or wrong.
    onFolds(learn.command('evaluate').description('train and judge a recipe on prequential folds of a file'))
      .option('--train-start <day>', 'first training day (UTC) of the first fold, e.g. 2018-07-25; required')
      .option('--learner <name>', 'recipe, e.g. handbook-logistic; default: the default recipe')
      .option('--settings <file>', "JSON file with settings of the recipe's learner, e.g. of learn search")
      .option('--costs <file>', 'JSON file with costs, by which the threshold is chosen and money is computed')
      .option('--resamples <n>', 'bootstrap resamples of the intervals, 40 to 10,000', '200')
      .action((args: EvaluateArguments) => uninterrupted(context, () => runEvaluate(args, context)));
    onFolds(learn.command('search').description('search settings of XGBoost on folds before a day'))
      .option('--until <day>', 'rows of this day (UTC) and later are not read, e.g. 2018-07-18; required')
      .option('--learner <name>', 'recipe of XGBoost to start from; default: the default recipe')
      .option('--trials <n>', 'number of settings to try, 2 to 1,000', '24')
      .option('--seed <n>', 'seed of the settings drawn, 0 to 4,294,967,295', '0')
      .option('--budget-minutes <n>', 'start no training after this time; the result then depends on the machine')
      .option('--out <file>', 'settings file to write, for --settings of learn evaluate; required')
      .action((args: SearchArguments) => uninterrupted(context, () => runSearch(args, context)));
  },
};

function onFolds(command: Command): Command {
  return command
    .option('--transactions <file>', "file of transactions, .csv or .csv.gz, in the handbook's format; required")
    .option('--train-days <n>', 'training days of a fold; default: those of the recipe')
    .option('--delay-days <n>', 'days after which the label of a fraud is known', '7')
    .option('--test-days <n>', 'test days of a fold', '7')
    .option('--folds <n>', 'folds, each one test range later than the one before', '4')
    .option('--feature-service <name>', 'features to train on; default: those of the recipe')
    .option('--json <file>', 'write the result as JSON; - for standard output');
}

async function runEvaluate(args: EvaluateArguments, context: CliContext): Promise<void> {
  const options = evaluateOptions(args);
  const progress = new LearnProgress(context);
  const evaluation = await evaluateFile(options, {
    ...portsOf(context, progress),
    onFold: (fold, stage, share) => progress.fold(fold.index, options.folds.folds, { stage, share }),
  });
  const { results, times } = evaluation;
  progress.finish(`${counted(results.length, 'fold')} in ${(times.totalMs / 1_000).toFixed(1)} s`);
  const table = renderEvaluation(options, results);
  await writeResult({ table, json: evaluationJson(options, evaluation) }, options.json, context);
}

async function runSearch(args: SearchArguments, context: CliContext): Promise<void> {
  const options = searchOptions(args);
  const progress = new LearnProgress(context);
  const result = await searchSettings(options, {
    ...portsOf(context, progress),
    onTrial: (trial) => progress.trial(trial),
  });
  progress.finish(`${counted(result.trials.length, 'trial')} in ${(result.times.totalMs / 1_000).toFixed(1)} s`);
  await writeJsonFile(options.out, result.best.settings);
  await writeResult({ table: renderSearch(result), json: searchJson(options, result) }, options.json, context);
}

/** `1 fold`, `2 folds` */
function counted(count: number, noun: string): string {
  return `${grouped(count)} ${noun}${count === 1 ? '' : 's'}`;
}

function portsOf({ env, interrupted }: CliContext, progress: LearnProgress) {
  return {
    learner: new NativeLearner(new LocalTreeTrainer(env)),
    signal: interrupted,
    nowMs: () => performance.now(),
    onRead: progress.read.bind(progress),
  };
}

/** Runs a command; if it was interrupted, prints that nothing was written and exits with 130. */
async function uninterrupted({ interrupted, note }: CliContext, run: () => Promise<void>): Promise<void> {
  try {
    await run();
  } catch (thrown) {
    if (!interrupted.aborted) throw thrown;
    note('interrupted: no result was written');
    throw new CommandFailed(EXIT_INTERRUPTED);
  }
}
