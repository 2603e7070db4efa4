import type { ErrorCodeEntries } from './error-code-entry.js';

/** Codes of Kafka, consumer groups, stages and the decoding of records. */
export const MESSAGING_CODES = {
  EMPTY_VALUE: {
    kinds: ['invalid_input'],
    meaning: 'The record has no value.',
    operator: 'Correct the producer of the topic. The record is in the dead-letter topic, if the topic has one.',
  },
  VALUE_TOO_LARGE: {
    kinds: ['invalid_input'],
    meaning: 'The value of the record has more bytes than the consumer accepts.',
    operator: 'Make the producer send smaller records.',
  },
  INVALID_UTF8: {
    kinds: ['invalid_input'],
    meaning: 'The value of the record is not valid UTF-8.',
    operator: 'Correct the encoding of the producer, then send the record again.',
  },
  INVALID_JSON: {
    kinds: ['invalid_input'],
    meaning: 'The value of the record is not valid JSON.',
    operator: 'Correct the producer, then send the record again.',
  },
  SCHEMA_MISMATCH: {
    kinds: ['invalid_input'],
    meaning: 'The value of the record does not match the schema of its topic.',
    operator: 'Correct the field that the error names, or run producer and consumer at the same version.',
  },
  NOT_JSON: {
    kinds: ['invalid_input'],
    meaning: 'A value to be published has no JSON form.',
    operator: 'This is a bug of the producing service: report it with the log line.',
  },
  RATE_KEY_INVALID: {
    kinds: ['invalid_input'],
    meaning: 'The key of a record of currency.rates does not have the form USD/EUR@instant.',
    operator: 'State rates through `fraudflow rates set` or PUT /v1/rates instead of writing to the topic.',
  },
  RECORD_TOO_LARGE: {
    kinds: ['invalid_input'],
    meaning: 'A record exceeds max.message.bytes of its topic, or FRAUDFLOW_MAX_RECORD_BYTES of ingestion.',
    operator: 'Send smaller records, or raise the limit that the message names.',
  },
  UNKNOWN_TOPIC: {
    kinds: ['not_found'],
    meaning: 'The topic does not exist.',
    operator: 'Start the service that owns the topic (docs/dataflow.md), which creates it, or create it yourself.',
  },
  UNKNOWN_PARTITION: {
    kinds: ['not_found'],
    meaning: 'The topic has no partition of this number.',
    operator: 'Check whether the topic was created again with fewer partitions.',
  },
  FEWER_PARTITIONS: {
    kinds: ['invalid_input'],
    meaning: 'The number of partitions of a topic cannot be reduced.',
    operator: 'Configure at least the number of partitions that the topic has.',
  },
  PARTITION_COUNT_DIFFERS: {
    kinds: ['failed_precondition'],
    meaning: 'An internal topic has another number of partitions than configured; state is placed by partition.',
    operator: 'Configure the number that the topic has, or use new topics.',
  },
  PARTITION_COUNTS_DIFFER: {
    kinds: ['failed_precondition'],
    meaning: 'The input and output topics of a co-partitioned stage have different numbers of partitions.',
    operator: 'Create the output topic again with the number of partitions of the input topic.',
  },
  TOPIC_SETTINGS_UNSUITABLE: {
    kinds: ['failed_precondition'],
    meaning: 'A setting of an existing topic would lose or refuse records.',
    operator: 'Run the kafka-configs.sh command of the message.',
  },
  TOPIC_REFUSED: {
    kinds: ['failed_precondition'],
    meaning: 'The Kafka cluster refuses the settings of a topic that the service creates.',
    operator: 'Create the topic yourself with settings that the policy of the cluster allows.',
  },
  REPLICATION_FACTOR_TOO_LARGE: {
    kinds: ['failed_precondition'],
    meaning: 'The Kafka cluster has fewer brokers than requested replicas.',
    operator: 'Set FRAUDFLOW_KAFKA_REPLICATION_FACTOR to at most the number of brokers.',
  },
  KAFKA_DENIED: {
    kinds: ['permission_denied'],
    meaning: 'Kafka denies an operation to the account of the service.',
    operator: 'Grant the account the ACL for the operation and the topic that the message names.',
  },
  KAFKA_UNAVAILABLE: {
    kinds: ['unavailable', 'timeout'],
    meaning: 'Kafka cannot be reached, or it did not complete a request within the retry time.',
    operator: 'Check the brokers and FRAUDFLOW_KAFKA_BROKERS; the service retries automatically.',
  },
  NO_LEADER: {
    kinds: ['unavailable'],
    meaning: 'A partition has no leader at present.',
    operator: 'Check that enough brokers with replicas of the partition run; the service retries automatically.',
  },
  FENCED: {
    kinds: ['failed_precondition'],
    meaning: 'The partition belongs to another worker, so this one may no longer write to it.',
    operator: 'Nothing after a rebalance. If it repeats, look for two processes with the same instance id.',
  },
  FENCE_EXPIRED: {
    kinds: ['unavailable'],
    meaning: 'The producer identity that protects a partition is lost.',
    operator:
      'Nothing: the worker claims the partition again. If it repeats, check the transaction coordinator of Kafka.',
  },
  PRODUCE_OUTCOME_UNKNOWN: {
    kinds: ['unavailable'],
    meaning: 'Kafka did not confirm a write, and the records may be in the log or not.',
    operator: 'Nothing: the worker reads its input again from the last commit. Check the brokers if it repeats.',
  },
  PRODUCER_CLOSED: {
    kinds: ['failed_precondition'],
    meaning: 'A record was written after the producer was closed.',
    operator: 'Nothing during shutdown. Otherwise report it as a bug.',
  },
  COMMIT_FAILED: {
    kinds: ['unavailable'],
    meaning: 'Offsets could not be committed after several attempts.',
    operator: 'Check the group coordinator of Kafka; the records are processed again, and repeats have no effect.',
  },
  SESSION_LOST: {
    kinds: ['timeout'],
    meaning: 'The group coordinator did not respond for the session timeout.',
    operator: 'Check the network and the broker that coordinates the group; the member joins again automatically.',
  },
  BATCH_TOO_LARGE: {
    kinds: ['failed_precondition'],
    meaning: 'A compressed batch of the log unpacks to more bytes than the consumer accepts.',
    operator:
      'Reduce the batch size of the producer that wrote it, and send its records again: the batch is dead-lettered.',
  },
  RECORDS_UNREADABLE: {
    kinds: ['failed_precondition'],
    meaning: 'The log holds records that cannot be decoded.',
    operator:
      'Find the producer or the disk that damaged the partition named in the log line, then delete the records.',
  },
  STATE_AHEAD_OF_LOG: {
    kinds: ['failed_precondition'],
    meaning:
      'Stored state covers offsets that the log does not have: the log lost records, or the topic was recreated.',
    operator: 'Restore the log, or delete the state that the message names so that it is rebuilt from the log.',
  },
} as const satisfies ErrorCodeEntries;
