import { type HealthRegistry, OpsModule, type Registry } from '@fraudflow/observability';
import { type DynamicModule, Module } from '@nestjs/common';
import { ModelLoader } from './models/model-loader.js';
import { PredictService } from './scoring/predict.service.js';
import { RequestOptions } from './scoring/request-options.js';
import { ModelsController, ServedModel } from './protocols/tensorflow/models.controller.js';
import { PredictController } from './protocols/rest/predict.controller.js';

export interface AppParts {
  readonly health: HealthRegistry;
  readonly metrics: Registry;
  readonly predictions: PredictService;
  readonly loader: ModelLoader;
  readonly requests: RequestOptions;
  readonly served: ServedModel;
}

/** HTTP module: binds the routes to the parts that `startScorer` creates. */
@Module({})
export class AppModule {
  static with(parts: AppParts): DynamicModule {
    return {
      module: AppModule,
      imports: [OpsModule.forRoot(parts.health, parts.metrics)],
      controllers: [PredictController, ModelsController],
      providers: [
        { provide: PredictService, useValue: parts.predictions },
        { provide: ModelLoader, useValue: parts.loader },
        { provide: RequestOptions, useValue: parts.requests },
        { provide: ServedModel, useValue: parts.served },
      ],
    };
  }
}
