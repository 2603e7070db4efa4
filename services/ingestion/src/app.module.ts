import { type HealthRegistry, OpsModule, type Registry } from '@fraudflow/observability';
import { type DynamicModule, Module } from '@nestjs/common';
import { IntakeController } from './protocols/rest/intake.controller.js';
import { RatesController } from './protocols/rest/rates.controller.js';
import { IntakeService } from './intake/intake.service.js';
import { RatesService } from './rates/rates.service.js';

export interface AppParts {
  readonly intake: IntakeService;
  readonly rates: RatesService;
}

/** HTTP side of ingestion: REST, health, readiness and metrics. */
@Module({})
export class AppModule {
  static forRoot({ intake, rates }: AppParts, health: HealthRegistry, metrics: Registry): DynamicModule {
    return {
      module: AppModule,
      imports: [OpsModule.forRoot(health, metrics)],
      controllers: [IntakeController, RatesController],
      providers: [
        { provide: IntakeService, useValue: intake },
        { provide: RatesService, useValue: rates },
      ],
    };
  }
}
