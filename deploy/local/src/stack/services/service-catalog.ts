import { NICENESS } from '../../system/niceness.js';

/**
 * Default ports of a service by use; a service without gRPC has no `grpc`, and further endpoints have separate
 * names.
 */
export interface ServicePorts {
  readonly http: number;
  readonly grpc?: number;
  /** Feast's registry over gRPC. */
  readonly registry?: number;
  /** Feast's offline store over Arrow Flight. */
  readonly flight?: number;
}

/** The six services with their default ports, in display order. */
export const SERVICE_CATALOG: Readonly<Record<string, ServicePorts>> = {
  registry: { http: 5000 },
  'feature-store': { http: 6566, grpc: 6565, registry: 6570, flight: 8815 },
  ingestion: { http: 7071, grpc: 7070 },
  scorer: { http: 8501, grpc: 8500 },
  trainer: { http: 7081, grpc: 7080 },
  'drift-monitor': { http: 7091 },
};

export const ALL_SERVICES: readonly string[] = Object.keys(SERVICE_CATALOG);

const SERVICE_NICENESS: Readonly<Record<string, number>> = {
  scorer: NICENESS.request,
  trainer: NICENESS.background,
  'drift-monitor': NICENESS.background,
};

/** Nice value of a service, see NICENESS. */
export function nicenessOf(service: string): number {
  return SERVICE_NICENESS[service] ?? NICENESS.stream;
}
