import { scoringV1, trainingV1 } from '@fraudflow/contracts';
import { invalidInput } from '@fraudflow/core';
import { Registry, silentLogger } from '@fraudflow/observability';
import { callUnary, createGrpcClient, createHttpApp } from '@fraudflow/rpc';
import {
  type CallHandler,
  type CanActivate,
  Controller,
  type ExecutionContext,
  type NestInterceptor,
  Module,
  type Type,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import type { ServerUnaryCall } from '@grpc/grpc-js';
import { Ctx, GrpcMethod, Payload } from '@nestjs/microservices';
import { map } from 'rxjs';
import { afterEach, expect, test } from 'vitest';
import { startService, type StartedService } from '../start-service.js';
import { GrpcTransport } from './grpc-transport.js';

class OnlyCustomers implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const { requestId } = context.switchToRpc().getData<scoringV1.PredictRequest>();
    if (requestId === 'stranger') throw invalidInput('request_id: unknown', { field: 'request_id' });
    return true;
  }
}

class Marking implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler) {
    return next.handle().pipe(map((response: scoringV1.PredictResponse) => ({ ...response, policyVersion: 'marked' })));
  }
}

@Controller()
@UseGuards(OnlyCustomers)
@UseInterceptors(Marking)
class ScoringController {
  @GrpcMethod('ScoringService', 'Predict')
  async predict(@Payload() { requestId }: scoringV1.PredictRequest, @Ctx() call: ServerUnaryCall<never, never>) {
    if (requestId === 'broken') throw new Error('secret detail');
    const modelVersion = String(call.metadata.get('x-version')[0] ?? requestId);
    return scoringV1.PredictResponse.fromPartial({ modelVersion });
  }
}

@Controller()
class EmptyController {}

@Controller()
class StrangeController {
  @GrpcMethod('TrainingService', 'StartTraining')
  async start() {
    return trainingV1.StartTrainingResponse.fromPartial({});
  }
}

let running: StartedService | undefined;
let client: scoringV1.ScoringServiceClient | undefined;
afterEach(async () => {
  client?.close();
  await running?.stop();
  running = undefined;
});

async function start(controllers: readonly Type[]) {
  @Module({ controllers: [...controllers] })
  class ExampleModule {}
  const app = await createHttpApp(ExampleModule, { logger: silentLogger });
  const metrics = new Registry();
  const transport = new GrpcTransport({
    logger: silentLogger,
    metrics,
    address: '127.0.0.1:0',
    services: [{ definition: scoringV1.ScoringServiceService, metricName: (method) => `ScoringService.${method}` }],
  });
  running = await startService(app, { httpPort: 0, bindAddress: '127.0.0.1', transports: [transport] });
  const caller = createGrpcClient(scoringV1.ScoringServiceClient, `127.0.0.1:${transport.port}`);
  client = caller;
  const predict = (message: scoringV1.PredictRequest) =>
    callUnary('Predict', caller.predict.bind(caller), message, 5_000);
  return { predict, metrics };
}

const request = (requestId: string) => scoringV1.PredictRequest.fromPartial({ requestId });

test('a controller method responds to a call after guards and interceptors, and is measured', async () => {
  const { predict, metrics } = await start([ScoringController]);

  const response = await predict(request('r1'));

  expect(response).toMatchObject({ modelVersion: 'r1', policyVersion: 'marked' });
  expect(await metrics.metrics()).toContain(
    'grpc_server_duration_seconds_count{method="ScoringService.Predict",code="OK"} 1',
  );
});

test('the response to an AppError of a guard has its status and field', async () => {
  const { predict } = await start([ScoringController]);

  const answer = predict(request('stranger'));

  await expect(answer).rejects.toMatchObject({ kind: 'invalid_input', field: 'request_id' });
});

test('the response to an unexpected error is INTERNAL without its text', async () => {
  const { predict } = await start([ScoringController]);

  const error = await predict(request('broken')).catch((thrown: unknown) => thrown);

  expect(error).toMatchObject({ kind: 'assertion_failed' });
  expect(String(error)).not.toContain('secret');
});

test('a method of a bound service without a handler is an error at the start', async () => {
  await expect(start([EmptyController])).rejects.toThrow(
    'no controller handles /fraudflow.scoring.v1.ScoringService/Predict',
  );
});

test('a handler of a service that is not bound is an error at the start', async () => {
  await expect(start([ScoringController, StrangeController])).rejects.toThrow('no bound gRPC service has the methods');
});
