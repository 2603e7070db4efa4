import { trainingV1 } from '@fraudflow/contracts';
import type { GrpcServiceBinding } from '@fraudflow/service';
import { Controller } from '@nestjs/common';
import { GrpcMethod, Payload } from '@nestjs/microservices';
import type { TrainingJob } from '../../jobs/training-job.js';
import { TrainingJobs } from '../../jobs/training-jobs.service.js';

const MAX_LISTED = 100;
const DEFAULT_LISTED = 20;

/** Largest gRPC request, bytes. Requests name a model, a time and an id. */
export const MAX_MESSAGE_BYTES = 64 * 1024;

/** The gRPC service that this controller implements. */
export const TRAINING_SERVICE: GrpcServiceBinding = { definition: trainingV1.TrainingServiceService };

/** Maps gRPC requests to {@link TrainingJobs} and its results to responses. */
@Controller()
export class TrainingController {
  constructor(private readonly jobs: TrainingJobs) {}

  @GrpcMethod('TrainingService', 'StartTraining')
  startTraining(@Payload() request: trainingV1.StartTrainingRequest): trainingV1.StartTrainingResponse {
    const { job } = this.jobs.start({
      modelName: request.modelName,
      reason: request.reason === '' ? 'requested over gRPC' : request.reason,
      ...(request.requestId === '' ? {} : { requestId: request.requestId }),
      ...(request.dataUntilMs === 0 ? {} : { dataUntilMs: request.dataUntilMs }),
    });
    return { training: toWire(job) };
  }

  @GrpcMethod('TrainingService', 'GetTraining')
  getTraining(@Payload() { requestId }: trainingV1.GetTrainingRequest): trainingV1.GetTrainingResponse {
    return { training: toWire(this.jobs.get(requestId)) };
  }

  @GrpcMethod('TrainingService', 'ListTrainings')
  listTrainings(@Payload() { limit }: trainingV1.ListTrainingsRequest): trainingV1.ListTrainingsResponse {
    const listed = this.jobs.list(limit <= 0 ? DEFAULT_LISTED : Math.min(limit, MAX_LISTED));
    return { trainings: listed.map(toWire) };
  }

  @GrpcMethod('TrainingService', 'CancelTraining')
  cancelTraining(@Payload() { requestId }: trainingV1.CancelTrainingRequest): trainingV1.CancelTrainingResponse {
    return { training: toWire(this.jobs.cancel(requestId)) };
  }
}

function toWire(job: TrainingJob): trainingV1.Training {
  return {
    requestId: job.requestId,
    modelName: job.modelName,
    state: job.state,
    progress: job.progress,
    message: job.message,
    runId: job.runId ?? '',
    modelVersion: job.version ?? '',
    startedAtMs: job.startedAtMs,
    finishedAtMs: job.finishedAtMs ?? 0,
    metrics: { ...job.metrics },
  };
}
