import { scoringV1 } from '@fraudflow/contracts';
import { callUnary, createGrpcClient } from '@fraudflow/rpc';
import { serveControllers, type Serving } from '@fraudflow/service/testing/serve-controllers';
import { Controller, Get } from '@nestjs/common';
import { afterEach, expect, test } from 'vitest';
import { anArtifact } from '../../test/support/a-model.js';
import { aServingScorer } from '../../test/support/a-scorer.js';
import { ModelLoader } from '../models/model-loader.js';
import { PredictService } from '../scoring/predict.service.js';
import { RequestOptions } from '../scoring/request-options.js';
import { type Protocol, PROTOCOLS, served } from './protocols.js';
import { ServedModel } from './tensorflow/models.controller.js';
import { TensorOptions } from './tensorflow/tensor-options.js';
import { TfPredictionService } from './tensorflow/tf-prediction.service.js';

/** Content of the file of a new protocol. */
@Controller('noop')
class NoopController {
  @Get()
  answer(): { readonly answer: string } {
    return { answer: 'nothing' };
  }
}
const noop: Protocol = { name: 'noop', controllers: [NoopController] };

let serving: Serving | undefined;
afterEach(() => serving?.close());

test('a protocol is added by its file and a line in the list; the others respond as before', async () => {
  const scorer = await aServingScorer(anArtifact());
  const { controllers, services } = served([...PROTOCOLS, noop], 100);
  serving = await serveControllers({
    controllers,
    services,
    providers: [
      { provide: PredictService, useValue: scorer.predictions },
      { provide: RequestOptions, useValue: { ...scorer.requests, clock: { nowMs: () => Date.now() } } },
      { provide: ModelLoader, useValue: scorer.loader },
      { provide: TfPredictionService, useValue: scorer.tensors },
      { provide: TensorOptions, useValue: scorer.tensorOptions },
      { provide: ServedModel, useValue: { name: 'fraud_detector' } },
    ],
  });
  const client = createGrpcClient(scoringV1.ScoringServiceClient, serving.grpcAddress);
  const request = scoringV1.PredictRequest.fromPartial({ requestId: 'r1' });

  const added = await fetch(`${serving.baseUrl}/noop`);
  const before = callUnary('Predict', client.predict.bind(client), request, 5_000);

  expect(await added.json()).toEqual({ answer: 'nothing' });
  await expect(before).rejects.toMatchObject({ kind: 'invalid_input' });
  client.close();
});
