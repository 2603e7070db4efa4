export { FILE_DESCRIPTORS } from './generated/descriptors.js';
export { HEADERS } from './headers.js';
export { idSchema, instantSchema } from './scalars.js';
export type { StreamGraph, StreamInput } from './stream-graph.js';
export type {
  StageClaim,
  StageCommit,
  StageCommitResult,
  StageHold,
  StageKeys,
  StagePartitionId,
  StageRebuild,
  StageStore,
} from './streaming/stage-store.port.js';
export type { PartitionWatermark, PeerWatermark, WatermarkExchange } from './streaming/watermark-exchange.port.js';
export { deadLetterTopicName, defineTopic, type EventOf, type TopicCleanup, type TopicDefinition } from './topic.js';
export { type CurrencyRate, currencyRateSchema, currencyRatesTopic } from './topics/currency-rates.topic.js';
export { type ColumnVerdict, type DriftVerdictEvent, driftVerdictsTopic } from './topics/drift-verdicts.topic.js';
export {
  type ByTerminalEvent,
  featuresByTerminalTopic,
  type FeaturesEvent,
  featuresSchema,
  featuresTopic,
} from './topics/features.topic.js';
export {
  type Label,
  labelSchema,
  labelsTopic,
  labelsValidatedTopic,
  type ValidatedLabel,
  validatedLabelSchema,
} from './topics/labels.topic.js';
export {
  type ModelEvent,
  modelEventSchema,
  modelsEventsTopic,
  type RetrainingRequested,
  retrainingRequestedTopic,
  type TrainingCompleted,
  trainingCompletedTopic,
} from './topics/models.topic.js';
export { ALL_TOPICS } from './topics/registry.js';
export {
  type Outcome,
  OUTCOMES,
  type Prediction,
  predictionSchema,
  predictionsTopic,
  type ScoredTransaction,
  scoreSchema,
  transactionsScoredTopic,
} from './topics/scores.topic.js';
export {
  transactionsValidatedTopic,
  type ValidatedTransaction,
  validatedTransactionSchema,
} from './topics/transactions-validated.topic.js';
export {
  MAX_AMOUNT,
  MAX_FOREIGN_AMOUNT,
  transactionSchema,
  transactionsTopic,
  type WireTransaction,
} from './topics/transactions.topic.js';
export type { Transaction } from './transaction.js';
export * as arrowFlight from './generated/arrow/flight/flight.js';
export * as feastDataSource from './generated/feast/core/data_source.js';
export * as feastEntity from './generated/feast/core/entity.js';
export * as feastFeature from './generated/feast/core/feature.js';
export * as feastFeatureService from './generated/feast/core/feature_service.js';
export * as feastFeatureView from './generated/feast/core/feature_view.js';
export * as feastOnDemandFeatureView from './generated/feast/core/on_demand_feature_view.js';
export * as feastProject from './generated/feast/core/project.js';
export * as feastRegistry from './generated/feast/core/registry.js';
export * as feastRegistryServer from './generated/feast/registry/registry_server.js';
export * as feastGrpcServer from './generated/feast/serving/grpc_server.js';
export * as feastServing from './generated/feast/serving/serving_service.js';
export * as feastTypes from './generated/feast/types/value.js';
export * as featuresV1 from './generated/fraudflow/features/v1/features.js';
export * as featureStatisticsV1 from './generated/fraudflow/features/v1/statistics.js';
export * as ingestionV1 from './generated/fraudflow/ingestion/v1/ingestion.js';
export * as scoringV1 from './generated/fraudflow/scoring/v1/scoring.js';
export * as trainingV1 from './generated/fraudflow/training/v1/training.js';
export * as tensorflow from './generated/tensorflow/core/framework/tensor.js';
export * as tensorflowServing from './generated/tensorflow_serving/apis/prediction_service.js';
