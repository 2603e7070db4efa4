/** Default ports of a service; a service without gRPC has no `grpc`. */
export interface ServicePorts {
  readonly http: number;
  readonly grpc?: number;
}

/** The six services with their default ports, in the order they are listed to a person. */
export const SERVICE_CATALOG: Readonly<Record<string, ServicePorts>> = {
  registry: { http: 5000 },
  'feature-store': { http: 6566, grpc: 6565 },
  ingestion: { http: 7071, grpc: 7070 },
  scorer: { http: 8501, grpc: 8500 },
  trainer: { http: 7081, grpc: 7080 },
  'drift-monitor': { http: 7091 },
};

export const ALL_SERVICES: readonly string[] = Object.keys(SERVICE_CATALOG);
