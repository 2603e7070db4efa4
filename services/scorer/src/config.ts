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
    description: 'How often the registry is asked for the Production version; a net below `models.events`.',
    default: '30s',
  }),
  retryMs: setting.durationMs({
    env: 'FRAUDFLOW_SCORER_MODEL_RETRY',
    description: 'How soon to ask again while no model is loaded or the registry does not answer.',
    default: '2s',
  }),
  folder: setting.text({
    env: 'FRAUDFLOW_SCORER_MODEL_FOLDER',
    description:
      'Folder with the last model that passed its checks, served when the Production version cannot be, or the registry is away, at a start. ' +
      'Relative to the working directory; a folder of its own for each process.',
    default: '.fraudflow/models',
  }),
  maxBytes: setting.integer({
    env: 'FRAUDFLOW_SCORER_MODEL_MAX_BYTES',
    description: 'Largest model file that is loaded.',
    default: 64 * 1024 * 1024,
    min: 1_024,
    unit: 'bytes',
  }),
  maxRowTreesPerRun: setting.integer({
    env: 'FRAUDFLOW_SCORER_MAX_ROW_TREES_PER_RUN',
    description:
      'Rows × trees of one inference call, which blocks the event loop: 60000 take about 2 ms. For models without trees, 256 bytes of the file count as a tree.',
    default: 60_000,
    min: 1,
  }),
});

const probability = (env: string, description: string, fallback: number) =>
  setting.decimal({ env, description, default: fallback, min: 0, max: 1 });

const policySettings = z.object({
  threshold: setting.text({
    env: 'FRAUDFLOW_SCORER_THRESHOLD',
    description: "`is_fraud` from this probability on, 0 to 1. Empty: the threshold in the model's file, else 0.75.",
    default: '',
    pattern: PROBABILITY_OR_EMPTY,
  }),
  challenge: probability('FRAUDFLOW_SCORER_CHALLENGE_FROM', 'Outcome `challenge` from this probability on.', 0.5),
  review: probability('FRAUDFLOW_SCORER_REVIEW_FROM', 'Outcome `review` from this probability on.', 0.75),
  decline: probability('FRAUDFLOW_SCORER_DECLINE_FROM', 'Outcome `decline` from this probability on.', 0.9),
});

const requestSettings = z.object({
  timeoutMs: setting.durationMs({
    env: 'FRAUDFLOW_SCORER_REQUEST_TIMEOUT',
    description: 'Longest a request may take when its caller set no deadline.',
    default: '1s',
  }),
  cardNumbersInIds: setting.choice({
    env: 'FRAUDFLOW_SCORER_CARD_NUMBERS_IN_IDS',
    description:
      'What becomes of a `Predict` request whose transaction, customer, terminal or request id holds a card number: INVALID_ARGUMENT or 400 ' +
      '(`refuse`), or an answer like any other, with the ids recorded on `predictions` (`keep`: only where ids are numbers that look like card ' +
      'numbers and are none; of random numbers of 16 digits, 4 in 100 do). Only ingestion has the key to make tokens.',
    options: CARD_NUMBER_RULES,
    default: 'refuse',
  }),
  maxRows: setting.integer({
    env: 'FRAUDFLOW_SCORER_MAX_ROWS',
    description: 'Rows one TensorFlow Serving request may carry.',
    default: 10_000,
    min: 1,
    max: 100_000,
  }),
  answerCacheSize: setting.integer({
    env: 'FRAUDFLOW_SCORER_ANSWER_CACHE_SIZE',
    description: 'Answers kept so that asking again gives the same one. Each takes about 1 KB of memory.',
    default: 10_000,
    min: 0,
    max: 50_000,
  }),
  answerCacheTtlMs: setting.durationMs({
    env: 'FRAUDFLOW_SCORER_ANSWER_CACHE_TTL',
    description: 'How long an answer is kept.',
    default: '10m',
  }),
  maxPendingPredictions: setting.integer({
    env: 'FRAUDFLOW_SCORER_MAX_PENDING_PREDICTIONS',
    description:
      'Answers waiting for Kafka before further ones are dropped from `predictions` (and counted). Each takes about 1 KB of memory.',
    default: 20_000,
    min: 1,
    max: 50_000,
  }),
  skewWindow: setting.integer({
    env: 'FRAUDFLOW_SCORER_SKEW_WINDOW',
    description: 'Request vectors kept to be compared with the stream. Each takes about 0.6 KB of memory.',
    default: 20_000,
    min: 0,
    max: 50_000,
  }),
});

const streamSettings = z.object({
  maxBatchRecords: setting.integer({
    env: 'FRAUDFLOW_SCORER_MAX_BATCH_RECORDS',
    description: 'Records of the stream scored together at most.',
    default: 500,
    min: 1,
    max: 10_000,
  }),
  maxFetchBytes: setting.integer({
    env: 'FRAUDFLOW_SCORER_MAX_FETCH_BYTES',
    description:
      'Bytes of a partition fetched at once. More is faster when catching up, at the price of memory and of requests that wait.',
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
