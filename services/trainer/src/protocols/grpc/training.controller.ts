import { trainingV1 } from '@fraudflow/contracts';
import type { GrpcServer } from '@fraudflow/rpc';
import type { TrainingJob } from '../../jobs/training-job.js';
import type { TrainingJobs } from '../../jobs/training-jobs.service.js';

const MAX_LISTED = 100;
const DEFAULT_LISTED = 20;

/** Maps gRPC requests to {@link TrainingJobs} and its results to responses. */
export class TrainingController {
  constructor(private readonly jobs: TrainingJobs) {}

  register(server: GrpcServer): void {
    server.add(trainingV1.TrainingServiceService, {
      startTraining: server.unary('StartTraining', (request: trainingV1.StartTrainingRequest) => this.start(request)),
      getTraining: server.unary('GetTraining', async ({ requestId }: trainingV1.GetTrainingRequest) => ({
        training: toWire(this.jobs.get(requestId)),
      })),
      listTrainings: server.unary('ListTrainings', async ({ limit }: trainingV1.ListTrainingsRequest) => ({
        trainings: this.jobs.list(limit <= 0 ? DEFAULT_LISTED : Math.min(limit, MAX_LISTED)).map(toWire),
      })),
      cancelTraining: server.unary('CancelTraining', async ({ requestId }: trainingV1.CancelTrainingRequest) => ({
        training: toWire(this.jobs.cancel(requestId)),
      })),
    });
  }

  private async start(request: trainingV1.StartTrainingRequest): Promise<trainingV1.StartTrainingResponse> {
    const { job } = this.jobs.start({
      modelName: request.modelName,
      reason: request.reason === '' ? 'asked over gRPC' : request.reason,
      ...(request.requestId === '' ? {} : { requestId: request.requestId }),
      ...(request.dataUntilMs === 0 ? {} : { dataUntilMs: request.dataUntilMs }),
    });
    return { training: toWire(job) };
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
