import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ModelArtifact } from '../src/models/model-artifact.js';

/** HTTP server with the four registry calls that the scorer uses. */
export class FakeRegistry {
  production: ModelArtifact | undefined;
  private readonly server: Server;

  private constructor() {
    this.server = createServer((request, response) => {
      const body = this.bodyFor(new URL(request.url ?? '/', 'http://registry').pathname);
      response.statusCode = body === undefined ? 404 : 200;
      response.end(body ?? JSON.stringify({ error_code: 'RESOURCE_DOES_NOT_EXIST', message: 'not found' }));
    });
  }

  static async start(): Promise<FakeRegistry> {
    const registry = new FakeRegistry();
    await new Promise<void>((resolve) => registry.server.listen(0, '127.0.0.1', resolve));
    return registry;
  }

  get address(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private bodyFor(path: string): Uint8Array | string | undefined {
    const { production } = this;
    if (path.endsWith('/get-latest-versions')) return JSON.stringify({ model_versions: versionsOf(production) });
    if (path.endsWith('/get-download-uri')) return JSON.stringify({ artifact_uri: 'mlflow-artifacts:/model' });
    if (path.endsWith('/mlflow-artifacts/artifacts')) {
      return JSON.stringify({ files: [{ path: 'model.onnx', is_dir: false, file_size: production?.onnx.length }] });
    }
    return path.endsWith('/model.onnx') ? production?.onnx : undefined;
  }
}

function versionsOf(artifact: ModelArtifact | undefined): readonly unknown[] {
  return artifact ? [{ name: artifact.name, version: artifact.version, current_stage: 'Production' }] : [];
}
