import { type Clock, systemClock } from '@fraudflow/core';
import { type Logger, OpsModule, Registry, type ServiceContext } from '@fraudflow/observability';
import { type DynamicModule, Module } from '@nestjs/common';
import { Resources } from './lifecycle/resources.js';
import { type Token, token } from './provide.js';

/** Injection token of the service's settings; a service gives it its type. */
export const CONFIG: Token<never> = token('service settings');
/** Injection token of the logger. */
export const LOGGER = token<Logger>('logger');
/** Injection token of the registry of metrics. */
export const METRICS = Registry as unknown as Token<Registry>;
/** Injection token of the `Clock`. */
export const CLOCK = token<Clock>('clock');

/**
 * Global module of a service: settings (`CONFIG`), logger (`LOGGER`), clock (`CLOCK`), metrics (`METRICS`),
 * `HealthRegistry`, `Resources`, and the operational routes.
 */
@Module({})
export class ServiceModule {
  static forRoot({ config, logger, health, metrics }: ServiceContext<unknown>): DynamicModule {
    return {
      module: ServiceModule,
      global: true,
      imports: [OpsModule.forRoot(health, metrics)],
      providers: [
        { provide: CONFIG, useValue: config },
        { provide: LOGGER, useValue: logger },
        { provide: CLOCK, useValue: systemClock },
        Resources,
      ],
      exports: [CONFIG, LOGGER, CLOCK, Resources],
    };
  }
}
