import { Controller, Header, Res } from '@nestjs/common';
import { HealthRegistry, Registry } from '@fraudflow/observability';
import type { FastifyReply } from 'fastify';
import { Call } from '../call.decorator.js';

/** The release of MLflow whose contract is implemented; clients compare it to decide what to send. */
const MLFLOW_VERSION = '3.11.1';

/**
 * Version, health and metrics of the server. MLflow's clients expect /health as text, so this controller responds to
 * it.
 */
@Controller()
export class SystemController {
  constructor(
    private readonly health: HealthRegistry,
    private readonly metrics: Registry,
  ) {}

  @Call('GET', 'health')
  @Header('Content-Type', 'text/plain; charset=utf-8')
  alive(): string {
    return 'OK';
  }

  @Call('GET', 'version')
  @Header('Content-Type', 'text/plain; charset=utf-8')
  version(): string {
    return MLFLOW_VERSION;
  }

  /** Only supported capabilities may be advertised: a client does not fall back from an advertised capability. */
  @Call('GET', 'api/3.0/mlflow/server-info')
  serverInfo(): object {
    return {
      store_type: 'SqlStore',
      workspaces_enabled: false,
      trace_archival_enabled: false,
      multipart_uploads_enabled: false,
      multipart_downloads_enabled: false,
    };
  }

  @Call('GET', 'ready')
  async ready(@Res() reply: FastifyReply): Promise<void> {
    const report = await this.health.readiness();
    await reply.status(report.ready ? 200 : 503).send(report);
  }

  @Call('GET', 'metrics')
  @Header('Content-Type', 'text/plain; version=0.0.4; charset=utf-8')
  scrape(): Promise<string> {
    return this.metrics.metrics();
  }
}
