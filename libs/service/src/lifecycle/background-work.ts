import type { OnApplicationBootstrap, OnModuleDestroy } from '@nestjs/common';

/** Work that runs beside the servers, such as a poller. */
export interface Worker {
  start(): Promise<void> | void;
  stop(): Promise<void> | void;
}

/**
 * Starts workers before the servers listen, in their order, and stops them before the servers close.
 */
export class BackgroundWork implements OnApplicationBootstrap, OnModuleDestroy {
  constructor(private readonly workers: readonly Worker[]) {}

  /** Called by Nest. */
  async onApplicationBootstrap(): Promise<void> {
    for (const worker of this.workers) await worker.start();
  }

  /** Called by Nest. */
  async onModuleDestroy(): Promise<void> {
    await Promise.all(this.workers.map(async (worker) => worker.stop()));
  }
}
