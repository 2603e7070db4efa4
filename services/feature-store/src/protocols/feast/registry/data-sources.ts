import { featuresTopic, feastDataSource, feastFeature, feastTypes } from '@fraudflow/contracts';
import type { FeatureViewDefinition } from '@fraudflow/features';

type DataSource = feastDataSource.DataSource;
const SourceType = feastDataSource.DataSource_SourceType;
const { DOUBLE } = feastTypes.ValueType_Enum;

/** Column that holds the event time in rows of any view. */
export const EVENT_TIMESTAMP = 'event_timestamp';

/** The data sources of a view, as shown to clients. */
export interface ViewSources {
  /** The history; undefined for a view that has none. */
  readonly batch: DataSource | undefined;
  /** The source of new values: a topic, pushes or the request. */
  readonly live: DataSource;
}

/** The sources of a view. `brokers` is the address of Kafka that clients see. */
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

/** Name of a view's batch source; clients pass it to the offline store to read the history. */
export function historySourceName(view: FeatureViewDefinition): string {
  return `${view.name}_history`;
}

/** Name of a view's live source: a topic, pushes or the request. */
export function liveSourceName(view: FeatureViewDefinition): string {
  if (view.kind === 'pushed') return view.pushSource ?? view.name;
  return view.kind === 'stream' ? `${view.name}_stream` : `${view.name}_request`;
}

/**
 * Batch source for the history, which the offline store serves over Arrow Flight by the source's name. It is declared
 * as a file source because every SDK can construct one without a database driver; the path is never opened.
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
 * Request source for the request's transaction. Only the amount is declared, because the SDK refuses a historical
 * request that lacks a declared column. In historical requests the event time is `event_timestamp`, and a stored
 * transaction is named by its id.
 */
function requestSource(view: FeatureViewDefinition, project: string): DataSource {
  return feastDataSource.DataSource.fromPartial({
    type: SourceType.REQUEST_SOURCE,
    name: liveSourceName(view),
    project,
    description: "The request's transaction. Online reads also need occurred_at; transaction_id is optional.",
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
