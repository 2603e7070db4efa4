import { CONFIG, type Token } from '@fraudflow/service';
import { CARD_NUMBER_RULES } from '@fraudflow/cards';
import {
  conversionSettings,
  featureServiceSetting,
  grpcPort,
  httpPort,
  kafkaSettings,
  processSettings,
  redisSettings,
  serviceAddress,
  setting,
} from '@fraudflow/config';
import { STREAMED_SERVICES } from '@fraudflow/features';
import { z } from 'zod';

const PROBABILITY_OR_EMPTY = /^(|0|1|1\.0+|0?\.\d{1,17})$/;

/** Names that need no escaping in JSON and metric labels. */
const PLAIN_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;

const modelSettings = z.object({
  name: setting.text({
    env: 'FRAUDFLOW_SCORER_MODEL',
    description: 'Registered model whose Production version is served.',
    default: 'fraud_detector',
    pattern: PLAIN_NAME,
  }),
  pollMs: setting.durationMs({
    env: 'FRAUDFLOW_SCORER_MODEL_POLL',
    description:
      'Interval at which the registry is polled for the Production version, in case an event of `models.events` was missed.',
    default: '30s',
  }),
  retryMs: setting.durationMs({
    env: 'FRAUDFLOW_SCORER_MODEL_RETRY',
    description: 'Retry interval while no model is loaded or the registry does not respond.',
    default: '2s',
  }),
  folder: setting.text({
    env: 'FRAUDFLOW_SCORER_MODEL_FOLDER',
    description:
      'Folder with the last model that passed its checks. It is served after a start if the Production version is unusable or the registry is unreachable. ' +
      'Relative to the working directory. Each process needs a separate folder.',
    default: '.fraudflow/models',
  }),
  maxBytes: setting.integer({
    env: 'FRAUDFLOW_SCORER_MODEL_MAX_BYTES',
    description: 'Maximum size of a model file.',
    default: 64 * 1024 * 1024,
    min: 1_024,
    unit: 'bytes',
  }),
  maxRowTreesPerRun: setting.integer({
    env: 'FRAUDFLOW_SCORER_MAX_ROW_TREES_PER_RUN',
    description:
      'Maximum product of rows and trees of one inference call, which blocks the event loop: 60000 take about 2 ms. For models without trees, 256 bytes of the file count as one tree.',
    default: 60_000,
    min: 1,
  }),
});

const probability = (env: string, description: string, fallback: number) =>
  setting.decimal({ env, description, default: fallback, min: 0, max: 1 });

const policySettings = z.object({
  threshold: setting.text({
    env: 'FRAUDFLOW_SCORER_THRESHOLD',
    description:
      "Lowest fraud probability with `is_fraud`, 0 to 1. Empty: the threshold in the model's file, or 0.75 if the file has none.",
    default: '',
    pattern: PROBABILITY_OR_EMPTY,
  }),
  challenge: probability(
    'FRAUDFLOW_SCORER_CHALLENGE_FROM',
    'Lowest fraud probability with the outcome `challenge`.',
    0.5,
  ),
  review: probability('FRAUDFLOW_SCORER_REVIEW_FROM', 'Lowest fraud probability with the outcome `review`.', 0.75),
  decline: probability('FRAUDFLOW_SCORER_DECLINE_FROM', 'Lowest fraud probability with the outcome `decline`.', 0.9),
});

const requestSettings = z.object({
  timeoutMs: setting.durationMs({
    env: 'FRAUDFLOW_SCORER_REQUEST_TIMEOUT',
    description: 'Timeout of a request whose caller set no deadline.',
    default: '1s',
  }),
  cardNumbersInIds: setting.choice({
    env: 'FRAUDFLOW_SCORER_CARD_NUMBERS_IN_IDS',
    description:
      'Treatment of a `Predict` request whose transaction, customer, terminal or request id contains a card number: it is refused with INVALID_ARGUMENT or 400 ' +
      '(`refuse`), or it is answered, and the ids are recorded on `predictions` (`keep`: only if ids are numbers that look like card ' +
      'numbers but are not; 4 % of random 16-digit numbers do). Only ingestion has the key of the card tokens.',
    options: CARD_NUMBER_RULES,
    default: 'refuse',
  }),
  maxRows: setting.integer({
    env: 'FRAUDFLOW_SCORER_MAX_ROWS',
    description: 'Maximum number of rows of one TensorFlow Serving request.',
    default: 10_000,
    min: 1,
    max: 100_000,
  }),
  answerCacheSize: setting.integer({
    env: 'FRAUDFLOW_SCORER_ANSWER_CACHE_SIZE',
    description:
      'Maximum number of cached results, so that a repeated request gets the same result. Each takes about 1 KB of memory.',
    default: 10_000,
    min: 0,
    max: 50_000,
  }),
  answerCacheTtlMs: setting.durationMs({
    env: 'FRAUDFLOW_SCORER_ANSWER_CACHE_TTL',
    description: 'Time for which a result is cached.',
    default: '10m',
  }),
  maxPendingPredictions: setting.integer({
    env: 'FRAUDFLOW_SCORER_MAX_PENDING_PREDICTIONS',
    description:
      'Maximum number of results that wait for Kafka. Further results are not recorded on `predictions` and are counted. Each takes about 1 KB of memory.',
    default: 20_000,
    min: 1,
    max: 50_000,
  }),
  skewWindow: setting.integer({
    env: 'FRAUDFLOW_SCORER_SKEW_WINDOW',
    description:
      'Maximum number of feature vectors of requests that are kept for the comparison with the stream. Each takes about 0.6 KB of memory.',
    default: 20_000,
    min: 0,
    max: 50_000,
  }),
});

const streamSettings = z.object({
  maxBatchRecords: setting.integer({
    env: 'FRAUDFLOW_SCORER_MAX_BATCH_RECORDS',
    description: 'Maximum number of records of the stream in one batch.',
    default: 500,
    min: 1,
    max: 10_000,
  }),
  maxFetchBytes: setting.integer({
    env: 'FRAUDFLOW_SCORER_MAX_FETCH_BYTES',
    description:
      'Maximum number of bytes of a partition in one fetch. A larger value makes the catch-up faster, but uses more memory and delays requests.',
    default: 256 * 1024,
    min: 16 * 1024,
    max: 16 * 1024 * 1024,
    unit: 'bytes',
  }),
});

/** Every setting of the scorer. */
export const scorerConfigSchema = z
  .object({
    process: processSettings,
    kafka: kafkaSettings,
    redis: redisSettings,
    money: conversionSettings,
    featureService: featureServiceSetting(STREAMED_SERVICES),
    httpPort: httpPort('scorer', 8501),
    grpcPort: grpcPort('scorer', 8500),
    registryAddress: serviceAddress('registry', 'HTTP', 'http://127.0.0.1:5000'),
    model: modelSettings,
    policy: policySettings,
    request: requestSettings,
    stream: streamSettings,
  })
  .superRefine(({ policy }, context) => {
    const isAscending = policy.challenge <= policy.review && policy.review <= policy.decline;
    if (isAscending) return;
    const message = 'must not be above FRAUDFLOW_SCORER_REVIEW_FROM, nor that above FRAUDFLOW_SCORER_DECLINE_FROM';
    context.addIssue({ code: 'custom', path: ['policy', 'challenge'], message });
  });

export type ScorerConfig = z.output<typeof scorerConfigSchema>;

/** Injection token of the settings. */
export const SETTINGS: Token<ScorerConfig> = CONFIG;
