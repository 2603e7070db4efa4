import { featuresTopic, feastDataSource, feastFeature, feastTypes } from '@fraudflow/contracts';
import type { FeatureViewDefinition } from '@fraudflow/features';

type DataSource = feastDataSource.DataSource;
const SourceType = feastDataSource.DataSource_SourceType;
const { DOUBLE } = feastTypes.ValueType_Enum;

/** Column that holds the event time in rows of any view. */
export const EVENT_TIMESTAMP = 'event_timestamp';

/** Where the rows of a view come from, as far as a client has to know. */
export interface ViewSources {
  /** The history; undefined for a view that has none. */
  readonly batch: DataSource | undefined;
  /** What feeds the view as things happen. */
  readonly live: DataSource;
}

/** The sources of a view. `brokers` is what clients see as the address of Kafka. */
export function sourcesOf(view: FeatureViewDefinition, project: string, brokers: string): ViewSources {
  switch (view.kind) {
    case 'request':
      return { batch: undefined, live: requestSource(view, project) };
    case 'stream': {
      const batch = historySource(view, project);
      return { batch, live: kafkaSource(view, project, { brokers, batch }) };
    }
    case 'pushed': {
      const batch = historySource(view, project);
      return { batch, live: pushSource(view, project, batch) };
    }
  }
}

/** Name of a view's history, by which the offline store is asked for it. */
export function historySourceName(view: FeatureViewDefinition): string {
  return `${view.name}_history`;
}

/** Name of what feeds a view: a topic, pushes, or the request. */
export function liveSourceName(view: FeatureViewDefinition): string {
  if (view.kind === 'pushed') return view.pushSource ?? view.name;
  return view.kind === 'stream' ? `${view.name}_stream` : `${view.name}_request`;
}

/**
 * The history lies in the offline store, which a client reaches over Arrow Flight by the source's name. A file source is what every
 * SDK can build without a database driver; its path is never opened.
 */
function historySource(view: FeatureViewDefinition, project: string): DataSource {
  return feastDataSource.DataSource.fromPartial({
    type: SourceType.BATCH_FILE,
    name: historySourceName(view),
    project,
    description: `History of the view ${view.name}, in the offline store.`,
    timestampField: EVENT_TIMESTAMP,
    dataSourceClassType: 'feast.infra.offline_stores.file_source.FileSource',
    options: {
      $case: 'fileOptions',
      value: {
        uri: `fraudflow://offline/${view.name}`,
        fileFormat: { format: { $case: 'parquetFormat', value: {} } },
      },
    },
  });
}

function kafkaSource(
  view: FeatureViewDefinition,
  project: string,
  from: { readonly brokers: string; readonly batch: DataSource },
): DataSource {
  return feastDataSource.DataSource.fromPartial({
    type: SourceType.STREAM_KAFKA,
    name: liveSourceName(view),
    project,
    description: `The vectors as they are emitted, with the features of ${view.name}.`,
    timestampField: 'occurred_at',
    dataSourceClassType: 'feast.data_source.KafkaSource',
    batchSource: from.batch,
    options: {
      $case: 'kafkaOptions',
      value: {
        kafkaBootstrapServers: from.brokers,
        topic: featuresTopic.name,
        messageFormat: { format: { $case: 'jsonFormat', value: { schemaJson: '' } } },
      },
    },
  });
}

function pushSource(view: FeatureViewDefinition, project: string, batch: DataSource): DataSource {
  return feastDataSource.DataSource.fromPartial({
    type: SourceType.PUSH_SOURCE,
    name: liveSourceName(view),
    project,
    description: `Rows pushed to the view ${view.name}.`,
    timestampField: EVENT_TIMESTAMP,
    dataSourceClassType: 'feast.data_source.PushSource',
    batchSource: batch,
    options: { $case: 'pushOptions', value: {} },
  });
}

/**
 * What a caller says of the transaction in hand. Only the amount is declared, because the SDK refuses a historical request that lacks a
 * declared column, and there the event time comes as `event_timestamp` and a stored transaction by its id.
 */
function requestSource(view: FeatureViewDefinition, project: string): DataSource {
  return feastDataSource.DataSource.fromPartial({
    type: SourceType.REQUEST_SOURCE,
    name: liveSourceName(view),
    project,
    description: 'The transaction in hand. Online reads also need occurred_at; transaction_id may come with any.',
    dataSourceClassType: 'feast.data_source.RequestSource',
    options: { $case: 'requestDataOptions', value: { schema: [amountField()] } },
  });
}

function amountField(): feastFeature.FeatureSpecV2 {
  return feastFeature.FeatureSpecV2.fromPartial({
    name: 'amount',
    valueType: DOUBLE,
    description: 'Amount in major units of its currency.',
  });
}
