import type { ModelEvent } from '@fraudflow/contracts';

/** The way out for model events. */
export abstract class ModelEventPublisher {
  /**
   * Appends events to `models.events` in the order given; resolves when all are safely stored.
   * @throws AppError unavailable if that is not certain; repeat then, receivers know events by their id.
   */
  abstract publish(events: readonly ModelEvent[]): Promise<void>;
}
