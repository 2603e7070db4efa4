import {
  type BenchClock,
  benchEngine,
  type EngineBenchResult,
  FRAUD_DETECTION_FEATURES,
  STREAM_FEATURES,
} from '@fraudflow/features';
import { nearestRank } from '@fraudflow/stats';
import type { RunFigures } from '../report/figure.js';

export interface EngineJob {
  /** Which features; prefix of the figures, too. */
  readonly set: keyof typeof FEATURE_SETS;
  readonly events: number;
}

export const FEATURE_SETS = { published: FRAUD_DETECTION_FEATURES.features, all: STREAM_FEATURES } as const;

/** Measures the window engine twice: once for its rate, once with every event timed, which costs more than the event. */
export function engineFigures({ set, events }: EngineJob, clock: BenchClock): RunFigures {
  const features = FEATURE_SETS[set];
  const rate = benchEngine({ features, events, clock, isTimed: false });
  const timed = benchEngine({ features, events, clock, isTimed: true });
  const figures = {
    events_per_second: { value: rate.eventsPerSecond, unit: '1/s' },
    cpu: { value: rate.cpuUsPerEvent, unit: 'µs' },
    p50: { value: nearestRank(timed.timesUs, 0.5), unit: 'µs' },
    p99: { value: nearestRank(timed.timesUs, 0.99), unit: 'µs' },
    p999: { value: nearestRank(timed.timesUs, 0.999), unit: 'µs' },
    ...entityFigures('customer', rate.customer),
    ...entityFigures('terminal', rate.terminal),
  };
  return Object.fromEntries(Object.entries(figures).map(([figure, value]) => [`${set}_${figure}`, value]));
}

function entityFigures(entity: string, figures: EngineBenchResult['customer']): RunFigures {
  return {
    [`${entity}_events`]: { value: figures.events, unit: 'events' },
    [`${entity}_bytes_held`]: { value: figures.bytesHeld, unit: 'B' },
    [`${entity}_bytes_packed`]: { value: figures.bytesPacked, unit: 'B' },
  };
}
