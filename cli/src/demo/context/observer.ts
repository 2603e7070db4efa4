import { featuresTopic } from '@fraudflow/contracts';
import { asError, delay } from '@fraudflow/core';
import type { StackHandle } from '@fraudflow/local';
import { type LogReader, PeakMemory, type PredictLoad, RecordCount } from '@fraudflow/bench';
import { FlowMeter, type Flows, NO_FLOW } from '../facts/flow-meter.js';
import { ScoreTail } from '../facts/score-tail.js';
import { Story } from '../facts/story.js';
import { StoryReader } from '../facts/story-reader.js';
import type { DemoView } from '../view/demo-view.js';
import type { PhaseBoard } from '../view/phase-board.js';
import { EMPTY_VIEW, type ViewState } from '../view/view-state.js';

const POLL_INTERVAL_MS = 400;
const MAX_FAILED_POLLS = 20;

/** Inputs and output of an observer. */
export interface ObserverParts {
  readonly stack: Pick<StackHandle, 'memoryMb'>;
  readonly log: LogReader;
  readonly board: PhaseBoard;
  readonly view: DemoView;
}

/** Polls the running system a few times a second and updates the view. */
export class Observer {
  readonly story = new Story();
  readonly memory = new PeakMemory();
  readonly scores: ScoreTail;
  flows: Flows = NO_FLOW;
  /** Intended duplicates, which are never scored; only for the lag on the screen. */
  duplicatesSent = 0;
  /** Event time of the newest item sent. */
  eventTimeMs: number | undefined;
  predicts: PredictLoad | undefined;
  /** Set after too many failed polls. */
  failure: Error | undefined;
  private readonly stack: ObserverParts['stack'];
  private readonly board: PhaseBoard;
  private readonly view: DemoView;
  private readonly meter: FlowMeter;
  private readonly storyReader: StoryReader;
  private readonly ended = new AbortController();
  private running: Promise<void> | undefined;
  private failedPolls = 0;

  constructor({ stack, log, board, view }: ObserverParts) {
    this.stack = stack;
    this.board = board;
    this.view = view;
    const features = RecordCount.fromBeginning(log, featuresTopic.name);
    this.scores = new ScoreTail(log);
    this.meter = new FlowMeter(log, {
      features: () => features.exact(),
      scored: () => this.scores.readOn(),
    });
    this.storyReader = new StoryReader(log, this.story);
  }

  start(): void {
    this.running ??= this.run();
  }

  async stop(): Promise<void> {
    this.ended.abort();
    await this.running;
    this.view.update(this.state());
  }

  /** Records sent that have neither a score nor a dead letter. */
  get lag(): number {
    const { transactions, rejected, scored } = this.flows;
    return Math.max(0, transactions.count - rejected.count - this.duplicatesSent - scored.count);
  }

  /** Records sent without features so far. */
  get featureLag(): number {
    const { transactions, rejected, features } = this.flows;
    return Math.max(0, transactions.count - rejected.count - this.duplicatesSent - features.count);
  }

  private async run(): Promise<void> {
    while (!this.ended.signal.aborted) {
      await this.poll();
      this.view.update(this.state());
      await delay(POLL_INTERVAL_MS, this.ended.signal);
    }
  }

  private async poll(): Promise<void> {
    try {
      this.flows = await this.meter.poll();
      await this.storyReader.readOn();
      this.memory.sample(this.stack.memoryMb());
      this.failedPolls = 0;
    } catch (thrown) {
      // A restarting broker is polled again; one that stays unavailable ends the demo.
      this.failedPolls++;
      if (this.failedPolls === 1) this.view.note(`cannot observe the system: ${asError(thrown).message}`);
      if (this.failedPolls > MAX_FAILED_POLLS) this.failure = asError(thrown);
    }
  }

  private state(): ViewState {
    const { story, predicts } = this;
    const newest = story.verdicts.at(-1);
    return {
      ...EMPTY_VIEW,
      phases: this.board.states(),
      flows: this.flows,
      lag: this.lag,
      eventToScoreMs: this.scores.recentMs(),
      ...(predicts === undefined ? {} : predictView(predicts)),
      activeModel: story.inProduction === undefined ? undefined : `version ${story.inProduction}`,
      models: story.models.map(({ version, stages }) => `version ${version}: ${stages.join(' → ')}`),
      drift: {
        windows: story.drift.windows,
        alarms: story.drift.alarms,
        retrainingEvents: story.drift.retraining_events,
        evidenceLog10: newest?.evidence_log10,
        driftedColumns: newest?.drifted_columns ?? [],
      },
      eventTime: this.eventTimeMs,
      memoryMb: this.memory.peaks(),
    };
  }
}

function predictView(predicts: PredictLoad): Pick<ViewState, 'predictMs' | 'predictCalls' | 'predictFailures'> {
  return { predictMs: predicts.recentMs(), predictCalls: predicts.answered, predictFailures: predicts.failed };
}
