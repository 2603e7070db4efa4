export { measureLag, type PartitionLag } from './admin/lag.js';
export { readPartitionEnd } from './admin/partition-end.js';
export { readTopic, type ReadTopicOptions } from './admin/read-topic.js';
export { ensureTopics, type TopicDefaults, type TopicShape } from './admin/topics.js';
export { ConsumerRuntime, type ConsumerRuntimeOptions } from './consumer/consumer-runtime.js';
export type { BatchContext, BatchHandler } from './consumer/handling/batch-handler.js';
export { type DeadLetter, DeadLetters } from './consumer/handling/dead-letters.js';
export { DecodedRecord, type RecordSource } from './consumer/handling/decoded-record.js';
export { type DecoderOptions, jsonDecoder, type ValueDecoder } from './consumer/json-decoder.js';
export {
  type AnySubscription,
  subscribe,
  subscription,
  type Subscription,
  type SubscriptionOptions,
} from './consumer/subscription.js';
export type { EventTimeMergeOptions } from './consumer/watermark-alignment.js';
export { patchKafkajs } from './kafka/client/kafkajs-patches.js';
export type { KafkaBusOptions } from './kafka/cluster/kafka-options.js';
export { KafkaBus } from './kafka/kafka-bus.js';
export { MemoryBus } from './memory/memory-bus.js';
export type {
  BatchControl,
  BatchOutcome,
  BusAdmin,
  BusConsumer,
  BusConsumerHandlers,
  BusConsumerOptions,
  EventBus,
  FencedWriter,
  OffsetRange,
  ProducerLimits,
  RawProducer,
  TopicSpec,
} from './port/bus.js';
export {
  flatHeaders,
  type FlatHeaders,
  headerText,
  type HeaderValue,
  type OutgoingRecord,
  type RawBatch,
  type RawRecord,
  type RecordHeaders,
  type TopicPartition,
} from './port/record.js';
export type { EventRecord } from './producer/event-encoder.js';
export { EventProducer } from './producer/event-producer.js';
export { MemoryStageStore } from './stage/memory-stage-store.js';
export {
  encodedOutput,
  output,
  type StageContext,
  type StageDefinition,
  type StageEffects,
  type StageOutput,
  type StageProcessor,
} from './stage/stage-definition.js';
export {
  createCoPartitionedStage,
  createRepartitioningStage,
  runCoPartitionedStage,
  runRepartitioningStage,
  type StageDependencies,
} from './stage/stage.js';
export { DeclaredBus } from './streams/declared-bus.js';
export {
  type AnyTopic,
  type DeclaredInput,
  type DeclaredReader,
  declaredTopics,
  defineStreams,
  streamGraphOf,
  type StreamProducer,
  type Streams,
} from './streams/define-streams.js';
export { exchangeRateOf, rateFollower } from './tables/currency-rates.js';
export { type TableChanges, TableFollower, type TableFollowerOptions } from './tables/table-follower.js';
