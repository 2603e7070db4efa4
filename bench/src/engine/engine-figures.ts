import { COMPUTED_FEATURES, FRAUD_DETECTION_FEATURES } from '@fraudflow/features';
import { nearestRank } from '@fraudflow/stats';
import type { RunFigures } from '../report/figure.js';
import { type BenchClock, benchEngine, type EngineBenchResult } from './engine-run.js';

export interface EngineJob {
  /** The features, and the prefix of the figures' names. */
  readonly set: keyof typeof FEATURE_SETS;
  readonly events: number;
  /** Events of each run in which every event is timed. */
  readonly timedEvents: number;
}

export const FEATURE_SETS = { published: FRAUD_DETECTION_FEATURES.features, all: COMPUTED_FEATURES } as const;

/** Runs of the same events: an interruption delays another event in each run, the engine's own work is in all. */
const TIMED_RUNS = 3;

/** Measures the window engine: its rate, and then with every event timed, which costs more than the event. */
export function engineFigures({ set, events, timedEvents }: EngineJob, clock: BenchClock): RunFigures {
  const features = FEATURE_SETS[set];
  const rate = benchEngine({ features, events, clock, isTimed: false });
  const runs = Array.from(
    { length: TIMED_RUNS },
    () => benchEngine({ features, events: timedEvents, clock, isTimed: true }).timesUs,
  );
  const first = Float64Array.from(runs[0] ?? []).sort();
  const least = leastOf(runs).sort();
  const figures = {
    events_per_second: { value: rate.eventsPerSecond, unit: '1/s' },
    cpu: { value: rate.cpuUsPerEvent, unit: 'µs' },
    write_cpu: { value: rate.writeCpuUsPerEvent, unit: 'µs' },
    p50: { value: nearestRank(least, 0.5), unit: 'µs' },
    p99: { value: nearestRank(least, 0.99), unit: 'µs' },
    p999: { value: nearestRank(least, 0.999), unit: 'µs' },
    p999_one_run: { value: nearestRank(first, 0.999), unit: 'µs' },
    ...entityFigures('customer', rate.customer),
    ...entityFigures('terminal', rate.terminal),
  };
  return Object.fromEntries(Object.entries(figures).map(([figure, value]) => [`${set}_${figure}`, value]));
}

/** The least time of each event over the runs, without interruptions. */
function leastOf(runs: readonly Float64Array[]): Float64Array {
  return Float64Array.from(runs[0] ?? [], (_, event) => Math.min(...runs.map((times) => times[event] as number)));
}

function entityFigures(entity: string, figures: EngineBenchResult['customer']): RunFigures {
  return {
    [`${entity}_events`]: { value: figures.events, unit: 'events' },
    [`${entity}_bytes_held`]: { value: figures.bytesHeld, unit: 'B' },
    [`${entity}_bytes_packed`]: { value: figures.bytesPacked, unit: 'B' },
  };
}
