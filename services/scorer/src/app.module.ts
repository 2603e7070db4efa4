import { type HealthRegistry, OpsModule, type Registry } from '@fraudflow/observability';
import { type DynamicModule, Module } from '@nestjs/common';
import { ModelKeeper } from './model/model-keeper.js';
import { PredictService } from './request/predict.service.js';
import { RequestOptions } from './request/request-options.js';
import { ModelsController, ServedModel } from './rest/models.controller.js';
import { PredictController } from './rest/predict.controller.js';

export interface AppParts {
  readonly health: HealthRegistry;
  readonly metrics: Registry;
  readonly predictions: PredictService;
  readonly keeper: ModelKeeper;
  readonly requests: RequestOptions;
  readonly served: ServedModel;
}

/** The HTTP side: routes over parts that `startScorer` has put together. */
@Module({})
export class AppModule {
  static with(parts: AppParts): DynamicModule {
    return {
      module: AppModule,
      imports: [OpsModule.forRoot(parts.health, parts.metrics)],
      controllers: [PredictController, ModelsController],
      providers: [
        { provide: PredictService, useValue: parts.predictions },
        { provide: ModelKeeper, useValue: parts.keeper },
        { provide: RequestOptions, useValue: parts.requests },
        { provide: ServedModel, useValue: parts.served },
      ],
    };
  }
}
