import { type HealthRegistry, OpsModule, type Registry } from '@fraudflow/observability';
import { type DynamicModule, Module } from '@nestjs/common';
import { ReportsController } from './reports/reports.controller.js';
import { ReportsService } from './reports/reports.service.js';
import { MonitorRunner } from './session/monitor-runner.js';

/** HTTP module of the drift monitor: reports, health, readiness and metrics. */
@Module({})
export class AppModule {
  static forRoot(runner: MonitorRunner, health: HealthRegistry, metrics: Registry): DynamicModule {
    return {
      module: AppModule,
      imports: [OpsModule.forRoot(health, metrics)],
      controllers: [ReportsController],
      providers: [ReportsService, { provide: MonitorRunner, useValue: runner }],
    };
  }
}
