import { tensorflowServing } from '@fraudflow/contracts';
import { status } from '@grpc/grpc-js';
import { Controller, Get, Param, UseFilters } from '@nestjs/common';
import { ModelLoader } from '../../models/model-loader.js';
import { TensorflowErrorFilter } from './tensorflow-error.filter.js';
import { modelStatus } from './model-status.js';

const { ModelVersionStatus_State: State } = tensorflowServing;

/** Name of the served model. */
export abstract class ServedModel {
  abstract readonly name: string;
}

/** `GET /v1/models/{name}`: the model's versions in the format of TensorFlow Serving's REST API. */
@Controller('v1/models')
@UseFilters(TensorflowErrorFilter)
export class ModelsController {
  constructor(
    private readonly loader: ModelLoader,
    private readonly served: ServedModel,
  ) {}

  @Get(':name')
  status(@Param('name') name: string): Record<string, unknown> {
    const spec = { name, versionChoice: undefined, signatureName: '' };
    const { modelVersionStatus } = modelStatus(spec, this.served.name, this.loader.statuses());
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
