import { RateTable } from '@fraudflow/core';
import { DeclaredBus, rateFollower } from '@fraudflow/messaging';
import { HealthRegistry, type Logger } from '@fraudflow/observability';
import type { FactoryProvider } from '@nestjs/common';
import { Resources } from './lifecycle/resources.js';
import { LOGGER } from './service.module.js';

type Scopes = Parameters<HealthRegistry['add']>[2];

/**
 * Provider of the `RateTable`. All rates are loaded before anything that injects it is built, because an amount without
 * its rate is refused; later rates follow. Declare `currencyRatesTopic` among the service's tables.
 * @param scopes readiness that the check `currency_rates` belongs to
 */
export function currencyRates(scopes?: Scopes): FactoryProvider<Promise<RateTable>> {
  return {
    provide: RateTable,
    inject: [DeclaredBus, LOGGER, HealthRegistry, Resources],
    useFactory: async (bus: DeclaredBus, logger: Logger, health: HealthRegistry, resources: Resources) => {
      const table = new RateTable();
      const follower = rateFollower(table, { admin: bus.admin, logger });
      health.add('currency_rates', () => follower.health(), scopes);
      await follower.start();
      resources.add(follower, () => follower.stop());
      return table;
    },
  };
}
