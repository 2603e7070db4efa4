import { HealthRegistry, Registry, type ServiceContext } from '@fraudflow/observability';
import { CONFIG, LOGGER, Resources } from '@fraudflow/service';
import { type DynamicModule, Module } from '@nestjs/common';
import { SystemController } from '../protocols/mlflow/controllers/system.controller.js';

/**
 * Global module of the registry: its settings, logger, metrics, health and resources, as `ServiceModule` of the other
 * services, but with the operational routes that MLflow's clients expect.
 */
@Module({})
export class SystemModule {
  static forRoot({ config, logger, health, metrics }: ServiceContext<unknown>): DynamicModule {
    return {
      module: SystemModule,
      global: true,
      controllers: [SystemController],
      providers: [
        { provide: CONFIG, useValue: config },
        { provide: LOGGER, useValue: logger },
        { provide: HealthRegistry, useValue: health },
        { provide: Registry, useValue: metrics },
        Resources,
      ],
      exports: [CONFIG, LOGGER, HealthRegistry, Registry, Resources],
    };
  }
}
