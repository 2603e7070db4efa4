/** Where one service answers. */
export interface ServiceAddress {
  /** Base URL, e.g. `http://127.0.0.1:8501`. */
  readonly http: string;
  /** `host:port`; absent for a service without gRPC. */
  readonly grpc?: string;
}

/** Where everything answers. Holds the Postgres password: hand it to drivers, never to a log. */
export interface StackAddresses {
  /** `host:port` each; empty if the stack was started without Kafka. */
  readonly kafkaBrokers: readonly string[];
  /** Empty if the stack was started without Redis. */
  readonly redisUrl: string;
  /** Empty if the stack was started without Postgres. */
  readonly postgresUrl: string;
  readonly services: Readonly<Record<string, ServiceAddress>>;
}

/** Servers that run elsewhere; the embedded part of the same kind is then not started. */
export interface ExternalAddresses {
  readonly kafkaBrokers?: readonly string[];
  readonly redisUrl?: string;
  readonly postgresUrl?: string;
}
