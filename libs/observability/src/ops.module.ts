import { Controller, type DynamicModule, Get, Header, Module, Res } from '@nestjs/common';
import { Registry } from 'prom-client';
import { HealthRegistry, type ReadinessScope } from './health.js';

interface Reply {
  status(code: number): { send(body: unknown): void };
}

/** /health, /ready, /ready/stream and /metrics; identical in every service. */
@Controller()
export class OpsController {
  constructor(
    private readonly health: HealthRegistry,
    private readonly metrics: Registry,
  ) {}

  /** Liveness: 200 while the event loop runs. */
  @Get('health')
  alive(): { status: string } {
    return { status: 'ok' };
  }

  /** 200 if the service can serve requests, else 503. The body lists each check. */
  @Get('ready')
  async ready(@Res() reply: Reply): Promise<void> {
    await this.report('requests', reply);
  }

  /** 200 if the service processes its stream, else 503. The body lists each check. */
  @Get('ready/stream')
  async readyForStream(@Res() reply: Reply): Promise<void> {
    await this.report('stream', reply);
  }

  @Get('metrics')
  @Header('Content-Type', 'text/plain; version=0.0.4; charset=utf-8')
  scrape(): Promise<string> {
    return this.metrics.metrics();
  }

  private async report(scope: ReadinessScope, reply: Reply): Promise<void> {
    const report = await this.health.readiness(scope);
    reply.status(report.ready ? 200 : 503).send(report);
  }
}

/** Nest module with the operational routes and the injectable health and metrics registries. */
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
