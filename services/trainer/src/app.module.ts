import { type HealthRegistry, OpsModule, type Registry } from '@fraudflow/observability';
import { type DynamicModule, Module } from '@nestjs/common';

/** HTTP side of the trainer: health, readiness and metrics. Trainings are started over gRPC or Kafka. */
@Module({})
export class AppModule {
  static forRoot(health: HealthRegistry, metrics: Registry): DynamicModule {
    return { module: AppModule, imports: [OpsModule.forRoot(health, metrics)] };
  }
}
