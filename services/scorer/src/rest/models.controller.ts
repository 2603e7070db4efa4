import { tensorflowServing } from '@fraudflow/contracts';
import { status } from '@grpc/grpc-js';
import { Controller, Get, Param, UseFilters } from '@nestjs/common';
import { ModelKeeper } from '../model/model-keeper.js';
import { TensorflowErrorFilter } from './tensorflow-error.filter.js';
import { modelStatus } from '../tensorflow/model-status.js';

const { ModelVersionStatus_State: State } = tensorflowServing;

/** Which model the service answers for. */
export abstract class ServedModel {
  abstract readonly name: string;
}

/** `GET /v1/models/{name}`: the versions as TensorFlow Serving's REST API tells them. */
@Controller('v1/models')
@UseFilters(TensorflowErrorFilter)
export class ModelsController {
  constructor(
    private readonly keeper: ModelKeeper,
    private readonly served: ServedModel,
  ) {}

  @Get(':name')
  status(@Param('name') name: string): Record<string, unknown> {
    const spec = { name, versionChoice: undefined, signatureName: '' };
    const { modelVersionStatus } = modelStatus(spec, this.served.name, this.keeper.statuses());
    return {
      model_version_status: modelVersionStatus.map((known) => ({
        version: String(known.version),
        state: State[known.state],
        status: {
          error_code: status[known.status?.errorCode ?? status.OK],
          error_message: known.status?.errorMessage ?? '',
        },
      })),
    };
  }
}
