import type { ModelEvent } from '@fraudflow/contracts';

/** Publishes model events. */
export abstract class ModelEventPublisher {
  /**
   * Appends events to `models.events` in their order. Resolves when all are stored durably.
   * @throws AppError unavailable if that is not certain; the caller repeats, and receivers recognise events by id
   */
  abstract publish(events: readonly ModelEvent[]): Promise<void>;
}
