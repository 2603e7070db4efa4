import { Counter, Gauge, type Registry } from '@fraudflow/observability';
import type { FeatureStatistics, ViewPart } from './feature-statistics.js';

interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

interface Metric {
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
  readonly kind: 'counter' | 'gauge';
  /** Samples of one view. Labels other than the view are bounded by the definitions. */
  read(part: ViewPart, nowMs: number): readonly Sample[];
}

const METRICS: readonly Metric[] = [
  {
    name: 'feature_store_view_rows_total',
    help: 'Rows written to a feature view.',
    labels: [],
    kind: 'counter',
    read: ({ source }, nowMs) => [{ labels: {}, value: source.flow.describe(nowMs).rows }],
  },
  {
    name: 'feature_store_view_newest_event_timestamp_seconds',
    help: 'Event time of the newest row of a feature view.',
    labels: [],
    kind: 'gauge',
    read: ({ source }, nowMs) => known({}, source.flow.describe(nowMs).newestEventMs / 1_000 || Number.NaN),
  },
  {
    name: 'feature_store_view_lag_seconds',
    help: 'Time from event to written row, of the last minute, or of all rows if it had none.',
    labels: ['quantile'],
    kind: 'gauge',
    read: ({ source }, nowMs) => {
      const { p50Ms, p99Ms, maxMs } = source.flow.describe(nowMs).lag;
      return [
        ...known({ quantile: '0.5' }, p50Ms / 1_000),
        ...known({ quantile: '0.99' }, p99Ms / 1_000),
        ...known({ quantile: '1' }, maxMs / 1_000),
      ];
    },
  },
  {
    name: 'feature_store_view_entities',
    help: 'Different entities seen by this worker, estimated within about 0.8 %.',
    labels: ['entity'],
    kind: 'gauge',
    read: ({ source, keys }) =>
      keys.flatMap((place) => {
        const figures = source.keys[place]?.describe(0);
        return figures === undefined ? [] : [{ labels: { entity: figures.entity }, value: figures.distinct }];
      }),
  },
  {
    name: 'feature_store_view_hot_key_share',
    help: 'Share of the rows that the most frequent entity has at least.',
    labels: ['entity'],
    kind: 'gauge',
    read: ({ source, keys }) =>
      keys.flatMap((place) => {
        const entity = source.keys[place];
        return entity === undefined ? [] : [{ labels: { entity: entity.name }, value: entity.hottestShare() }];
      }),
  },
  {
    name: 'feature_store_feature_missing_total',
    help: 'Rows without a value of the feature.',
    labels: ['feature'],
    kind: 'counter',
    read: ({ view, source, columns }) =>
      columns.map((column, i) => ({
        labels: { feature: view.features[i]?.name ?? '' },
        value: source.momentsOf(column).missing,
      })),
  },
  {
    name: 'feature_store_feature_value',
    help: 'Mean, standard deviation, minimum and maximum of the values since the start.',
    labels: ['feature', 'statistic'],
    kind: 'gauge',
    read: ({ view, source, columns }) =>
      columns.flatMap((column, i) => {
        const { mean, std, min, max } = source.momentsOf(column);
        const feature = view.features[i]?.name ?? '';
        return Object.entries({ mean, std, min, max }).flatMap(([statistic, value]) =>
          known({ feature, statistic }, value),
        );
      }),
  },
];

/** Registers the statistics of all views as metrics; they are computed at scrape time. */
export function registerStatisticsMetrics(statistics: FeatureStatistics, registry: Registry): void {
  for (const metric of METRICS) register(metric, statistics, registry);
}

function register(metric: Metric, statistics: FeatureStatistics, registry: Registry): void {
  const { name, help } = metric;
  const options = { name, help, labelNames: ['feature_view', ...metric.labels], registers: [registry] };
  if (metric.kind === 'counter') {
    const counter = new Counter({
      ...options,
      collect() {
        counter.reset();
        for (const { labels, value } of samplesOf(metric, statistics)) counter.inc(labels, value);
      },
    });
    return;
  }
  const gauge = new Gauge({
    ...options,
    collect() {
      gauge.reset();
      for (const { labels, value } of samplesOf(metric, statistics)) gauge.set(labels, value);
    },
  });
}

function samplesOf(metric: Metric, statistics: FeatureStatistics): readonly Sample[] {
  const nowMs = statistics.nowMs();
  return statistics.parts.flatMap((part) =>
    metric
      .read(part, nowMs)
      .map(({ labels, value }) => ({ labels: { feature_view: part.view.name, ...labels }, value })),
  );
}

/** Samples without a value are left out. */
function known(labels: Sample['labels'], value: number): readonly Sample[] {
  return Number.isNaN(value) ? [] : [{ labels, value }];
}
