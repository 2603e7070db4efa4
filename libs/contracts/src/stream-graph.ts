/**
 * Topics, state and calls of a service. docs/dataflow.md is generated from it, and a test checks it against the code.
 */
export interface StreamGraph {
  readonly service: string;
  readonly consumes: readonly StreamInput[];
  /** Names of compacted topics that each process reads completely, without a consumer group. */
  readonly tables?: readonly string[];
  /** Topic names. */
  readonly produces: readonly string[];
  /** Durable state that the service owns, as text: `redis: customer windows`. */
  readonly state: readonly string[];
  /** Services it calls: `feature-store (gRPC)`. */
  readonly calls: readonly string[];
}

/** A consumed topic and its consumer group. */
export interface StreamInput {
  readonly topic: string;
  readonly group: string;
}
