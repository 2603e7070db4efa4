import { Counter, Gauge, type Logger, type Registry } from '@fraudflow/observability';

/** Business events of ingestion. Each event updates a metric; events that operators need are also logged. */
export class IngestionEvents {
  private readonly validated: Counter;
  private readonly labels: Counter<'outcome'>;
  private readonly waiting: Gauge;

  constructor(
    private readonly logger: Logger,
    registry: Registry,
  ) {
    const registers = [registry];
    this.validated = new Counter({
      name: 'ingestion_transactions_validated_total',
      help: 'Transactions that passed every rule. The dead-letter metrics count refused ones by code.',
      registers,
    });
    this.labels = new Counter({
      name: 'ingestion_labels_total',
      help: 'Labels by outcome: joined, parked until their transaction arrives, refused because they contradict it, or expired.',
      labelNames: ['outcome'],
      registers,
    });
    this.waiting = new Gauge({
      name: 'ingestion_labels_waiting',
      help: 'Labels whose transaction is not known yet.',
      registers,
    });
  }

  transactionsValidated(count: number): void {
    this.validated.inc(count);
  }

  labelsJoined(count: number): void {
    this.labels.inc({ outcome: 'joined' }, count);
  }

  labelsDeferred(count: number): void {
    this.labels.inc({ outcome: 'parked' }, count);
  }

  labelsExpired(count: number): void {
    this.labels.inc({ outcome: 'expired' }, count);
    if (count > 0) this.logger.warn({ event: 'labels_expired', count });
  }

  labelsRefused(count: number): void {
    this.labels.inc({ outcome: 'refused' }, count);
  }

  /** Labels with all keys were sent without the check against their transactions. */
  labelCheckFailed(error: Error): void {
    this.logger.warn({ event: 'label_check_failed', reason: error.message });
  }

  labelsPending(count: number): void {
    this.waiting.set(count);
  }

  pendingLabelsFailed(error: Error): void {
    this.logger.warn({ event: 'waiting_labels_pass_failed', reason: error.message });
  }
}
