import { type HealthRegistry, OpsModule, type Registry } from '@fraudflow/observability';
import { type DynamicModule, Module } from '@nestjs/common';

/** HTTP side of the feature store: health, readiness and metrics. */
@Module({})
export class AppModule {
  static forRoot(health: HealthRegistry, metrics: Registry): DynamicModule {
    return { module: AppModule, imports: [OpsModule.forRoot(health, metrics)] };
  }
}
