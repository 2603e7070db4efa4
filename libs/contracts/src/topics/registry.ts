import type { TopicDefinition } from '../topic.js';
import { currencyRatesTopic } from './currency-rates.topic.js';
import { driftVerdictsTopic } from './drift-verdicts.topic.js';
import { featuresByTerminalTopic, featuresTopic } from './features.topic.js';
import { labelsTopic, labelsValidatedTopic } from './labels.topic.js';
import { modelsEventsTopic, retrainingRequestedTopic, trainingCompletedTopic } from './models.topic.js';
import { predictionsTopic, transactionsScoredTopic } from './scores.topic.js';
import { transactionsValidatedTopic } from './transactions-validated.topic.js';
import { transactionsTopic } from './transactions.topic.js';

// Method bivariance makes a TopicDefinition<X> usable where the value type does not matter.
type AnyTopic = Omit<TopicDefinition, 'keyOf' | 'schema'> & { readonly schema: TopicDefinition['schema'] };

/** Every topic of the system, without dead-letter topics. Those are derived from `deadLetters`. */
export const ALL_TOPICS: readonly AnyTopic[] = [
  transactionsTopic,
  labelsTopic,
  currencyRatesTopic,
  transactionsValidatedTopic,
  labelsValidatedTopic,
  featuresByTerminalTopic,
  featuresTopic,
  transactionsScoredTopic,
  predictionsTopic,
  driftVerdictsTopic,
  retrainingRequestedTopic,
  trainingCompletedTopic,
  modelsEventsTopic,
];
