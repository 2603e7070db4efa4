import { type HealthRegistry, OpsModule, type Registry } from '@fraudflow/observability';
import { type DynamicModule, Module } from '@nestjs/common';
import { IntakeController } from './http/intake.controller.js';
import { IntakeService } from './intake/intake.service.js';

/** HTTP side of ingestion: the REST door, health, readiness and metrics. */
@Module({})
export class AppModule {
  static forRoot(intake: IntakeService, health: HealthRegistry, metrics: Registry): DynamicModule {
    return {
      module: AppModule,
      imports: [OpsModule.forRoot(health, metrics)],
      controllers: [IntakeController],
      providers: [{ provide: IntakeService, useValue: intake }],
    };
  }
}
