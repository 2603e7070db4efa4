import { asError } from '@fraudflow/core';
import { Counter, type Logger, type Registry } from '@fraudflow/observability';

/** Business events of the registry. Each event updates a counter or is logged. */
export class RegistryEvents {
  private readonly failedRequests: Counter;
  private readonly abortedRequests: Counter;
  private readonly publishedEvents: Counter;
  private readonly stalls: Counter;

  constructor(
    private readonly logger: Logger,
    metrics: Registry,
  ) {
    const registers = [metrics];
    this.failedRequests = new Counter({
      name: 'registry_failed_requests_total',
      help: 'Requests with a 5xx response.',
      registers,
    });
    this.abortedRequests = new Counter({
      name: 'registry_aborted_requests_total',
      help: 'Requests whose client closed the connection before they were complete.',
      registers,
    });
    this.publishedEvents = new Counter({
      name: 'registry_model_events_published_total',
      help: 'Model events published to the log.',
      registers,
    });
    this.stalls = new Counter({
      name: 'registry_outbox_stalls_total',
      help: 'Number of outages in which model events could not be published.',
      registers,
    });
  }

  requestFailed(method: string, url: string, thrown: unknown): void {
    this.failedRequests.inc();
    this.logger.error({ event: 'request_failed', method, url, err: asError(thrown) });
  }

  requestAborted(method: string, url: string): void {
    this.abortedRequests.inc();
    this.logger.info({ event: 'request_aborted', method, url });
  }

  modelEventsPublished(count: number): void {
    this.publishedEvents.inc(count);
    this.logger.info({ event: 'model_events_published', count });
  }

  /** The first of consecutive failures; the following ones are not reported. */
  relayStalled(thrown: unknown): void {
    this.stalls.inc();
    this.logger.warn({ event: 'outbox_stalled', reason: asError(thrown).message });
  }

  relayRecovered(failures: number): void {
    this.logger.info({ event: 'outbox_recovered', failures });
  }
}
