import { type TrainingCompleted, trainingCompletedTopic } from '@fraudflow/contracts';
import type { TrainerProducer } from '../../streams.js';
import { TrainingAnnouncer } from '../training-jobs.service.js';

/** Publishes the end of each training on the topic `training.completed`, under the id of its request. */
export class KafkaTrainingAnnouncer extends TrainingAnnouncer {
  constructor(private readonly producer: TrainerProducer) {
    super();
  }

  override trainingCompleted(event: TrainingCompleted): Promise<void> {
    const record = { value: event, eventId: event.request_id, occurredAt: event.completed_at };
    return this.producer.send(trainingCompletedTopic, [record]);
  }
}
