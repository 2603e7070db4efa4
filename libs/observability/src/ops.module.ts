import { Controller, type DynamicModule, Get, Header, Module, Res } from '@nestjs/common';
import { Registry } from 'prom-client';
import { HealthRegistry } from './health.js';

interface Reply {
  status(code: number): { send(body: unknown): void };
}

/** /health, /ready and /metrics, the same on every service. */
@Controller()
export class OpsController {
  constructor(
    private readonly health: HealthRegistry,
    private readonly metrics: Registry,
  ) {}

  /** Alive: the event loop answers. */
  @Get('health')
  alive(): { status: string } {
    return { status: 'ok' };
  }

  /** 200 when every dependency is reachable and the service does its work, else 503; always names each check. */
  @Get('ready')
  async ready(@Res() reply: Reply): Promise<void> {
    const report = await this.health.readiness();
    reply.status(report.ready ? 200 : 503).send(report);
  }

  @Get('metrics')
  @Header('Content-Type', 'text/plain; version=0.0.4; charset=utf-8')
  scrape(): Promise<string> {
    return this.metrics.metrics();
  }
}

@Module({})
export class OpsModule {
  static forRoot(health: HealthRegistry, metrics: Registry): DynamicModule {
    return {
      module: OpsModule,
      global: true,
      controllers: [OpsController],
      providers: [
        { provide: HealthRegistry, useValue: health },
        { provide: Registry, useValue: metrics },
      ],
      exports: [HealthRegistry, Registry],
    };
  }
}
