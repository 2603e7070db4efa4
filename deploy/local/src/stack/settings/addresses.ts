/** Addresses of one service. */
export interface ServiceAddress {
  /** Base URL, e.g. `http://127.0.0.1:8501`. */
  readonly http: string;
  /** `host:port`; absent for a service without gRPC. */
  readonly grpc?: string;
}

/** Addresses of all parts. They contain passwords: pass them to drivers, never to a log. */
export interface StackAddresses {
  /** `host:port` each; empty if the stack was started without Kafka. */
  readonly kafkaBrokers: readonly string[];
  /** Empty if the stack was started without Redis. */
  readonly redisUrl: string;
  /** Empty if the stack was started without Postgres. */
  readonly postgresUrl: string;
  readonly services: Readonly<Record<string, ServiceAddress>>;
}

/** Servers that run elsewhere. The embedded server of the same kind is not started. */
export interface ExternalAddresses {
  readonly kafkaBrokers?: readonly string[];
  readonly redisUrl?: string;
  readonly postgresUrl?: string;
}
