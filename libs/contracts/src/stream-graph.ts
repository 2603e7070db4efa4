/** What a service reads and writes, as data: drawn into docs/dataflow.md and checked by a test. */
export interface StreamGraph {
  readonly service: string;
  readonly consumes: readonly StreamInput[];
  /** Names of compacted topics that each process reads whole, without a group. */
  readonly tables?: readonly string[];
  /** Topic names. */
  readonly produces: readonly string[];
  /** Durable state it owns, in words: `redis: customer windows`. */
  readonly state: readonly string[];
  /** Services it calls: `feature-store (gRPC)`. */
  readonly calls: readonly string[];
}

export interface StreamInput {
  readonly topic: string;
  readonly group: string;
}
