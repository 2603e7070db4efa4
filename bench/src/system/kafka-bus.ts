import { type EventBus, KafkaBus } from '@fraudflow/messaging';
import { silentLogger } from '@fraudflow/observability';

/** A Kafka client of the command line, without logs. @param brokers `host:port` each. */
export function kafkaBus(brokers: readonly string[]): EventBus {
  return new KafkaBus({ brokers, clientId: 'fraudflow-cli', logger: silentLogger });
}
