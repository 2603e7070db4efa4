import { fileURLToPath } from 'node:url';
import { nodeFlags } from '@fraudflow/local';
import type { Bench, BenchContext, OpenBench } from '../contract/bench.js';
import type { RunFigures } from '../report/figure.js';
import { runInChild } from '../stack/run-in-child.js';
import { type EngineJob, FEATURE_SETS } from './engine-figures.js';

const EVENTS = 3_000_000;
const TIMED_EVENTS = 500_000;
const LIMIT_MS = 5 * 60_000;
const CHILD = fileURLToPath(new URL('./engine.child.js', import.meta.url));

/** The window engine alone: no log, no store, one core. */
export const engineBench: Bench = {
  name: 'engine',
  description: 'the window engine alone: events a second, time an event, bytes an entity',
  open: (context) => Promise.resolve(new EngineBench(context)),
};

class EngineBench implements OpenBench {
  readonly versions = {
    events: String(EVENTS),
    features: `${FEATURE_SETS.published.length} and ${FEATURE_SETS.all.length}`,
  };

  constructor(private readonly context: BenchContext) {}

  async measure(): Promise<RunFigures> {
    return { ...(await this.figuresOf('published')), ...(await this.figuresOf('all')) };
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  private figuresOf(set: EngineJob['set']): Promise<RunFigures> {
    const job: EngineJob = { set, events: EVENTS, timedEvents: TIMED_EVENTS };
    // The flags of the service that contains the engine.
    const execArgv = nodeFlags('feature-store');
    return runInChild({ script: CHILD, job, limitMs: LIMIT_MS, signal: this.context.host.interrupted, execArgv });
  }
}
