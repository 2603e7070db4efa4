import { createRequire } from 'node:module';
import { AppError, asError, unavailable } from '@fraudflow/core';

/** Protocol error codes of a produce response. Source: https://kafka.apache.org/protocol#protocol_error_codes. */
export const PRODUCE_CODES: {
  readonly ok: number;
  readonly tooLarge: readonly number[];
  readonly duplicateSequence: number;
  readonly fenced: readonly number[];
  readonly sequenceLost: readonly number[];
  readonly denied: readonly number[];
} = {
  ok: 0,
  tooLarge: [10, 18, 87],
  /** The broker already has these records. */
  duplicateSequence: 46,
  fenced: [47, 90],
  /** The broker no longer has our sequence: the producer id cannot be used any more. */
  sequenceLost: [45, 59],
  denied: [29, 31, 65],
};

interface KafkajsErrorShape {
  readonly type?: string;
  readonly retriable?: boolean;
  readonly cause?: unknown;
  readonly originalError?: unknown;
  readonly errors?: readonly unknown[];
  readonly host?: string;
  readonly port?: number;
}

/** The protocol error name (`REBALANCE_IN_PROGRESS`, …) anywhere in the chain of causes. */
export function protocolErrorOf(thrown: unknown): string | undefined {
  let current: unknown = thrown;
  for (let depth = 0; depth < 6 && current instanceof Error; depth++) {
    const shape = current as KafkajsErrorShape;
    if (shape.type !== undefined) return shape.type;
    // An aggregate contains one error for each topic of the request.
    current = shape.cause ?? shape.originalError ?? firstRelevant(shape.errors);
  }
  return undefined;
}

function firstRelevant(errors: readonly unknown[] = []): unknown {
  return errors.find((error) => (error as KafkajsErrorShape).type !== 'TOPIC_ALREADY_EXISTS') ?? errors[0];
}

/** The address of the broker whose connection was closed, if the error is a closed connection. */
export function closedConnectionOf(thrown: unknown): { host: string; port: number } | undefined {
  const { host, port } = asError(thrown) as KafkajsErrorShape;
  return asError(thrown).name === 'KafkaJSConnectionClosedError' && host !== undefined && port !== undefined
    ? { host, port }
    : undefined;
}

const LOST_MEMBERSHIP: ReadonlySet<string> = new Set(['ILLEGAL_GENERATION', 'UNKNOWN_MEMBER_ID', 'FENCED_INSTANCE_ID']);

/** True if the group has continued without this member: its partitions may belong to another member. */
export function isLostMembership(thrown: unknown): boolean {
  return LOST_MEMBERSHIP.has(protocolErrorOf(thrown) ?? '');
}

/** True if the group requires its members to drain and join again. */
export function isRebalance(thrown: unknown): boolean {
  const type = protocolErrorOf(thrown);
  return type === 'REBALANCE_IN_PROGRESS' || type === 'NOT_COORDINATOR_FOR_GROUP' || isLostMembership(thrown);
}

/** Maps kafkajs errors to AppErrors: every error that may be transient is `unavailable`. */
export function asBusError(thrown: unknown, doing: string): AppError {
  if (thrown instanceof AppError) return thrown;
  const type = protocolErrorOf(thrown);
  const details = `${doing}: ${asError(thrown).message}`;
  if (type === 'UNKNOWN_TOPIC_OR_PARTITION')
    return new AppError('not_found', details, { code: 'UNKNOWN_TOPIC', cause: thrown });
  if (type === 'INVALID_REPLICATION_FACTOR') {
    const text = `${doing}: there are fewer brokers than requested replicas: set FRAUDFLOW_KAFKA_REPLICATION_FACTOR to at most the number of brokers`;
    return new AppError('failed_precondition', text, { code: 'REPLICATION_FACTOR_TOO_LARGE', cause: thrown });
  }
  if (type === 'POLICY_VIOLATION' || type === 'INVALID_CONFIG') {
    return new AppError(
      'failed_precondition',
      `${details}: the cluster refuses the topic's settings; create the topic yourself`,
      {
        code: 'TOPIC_REFUSED',
        cause: thrown,
      },
    );
  }
  if (type?.endsWith('AUTHORIZATION_FAILED')) {
    return new AppError('permission_denied', details, { code: 'KAFKA_DENIED', cause: thrown });
  }
  return unavailable(details, { code: 'KAFKA_UNAVAILABLE', cause: thrown });
}

const kafkajs = createRequire(import.meta.url)('kafkajs/src/protocol/error') as {
  createErrorFromCode(code: number): Error;
};

/** The kafkajs error for an error code in a fetch response. */
export function fetchError(code: number): Error {
  return kafkajs.createErrorFromCode(code);
}

const STARTING: ReadonlySet<string> = new Set([
  'GROUP_LOAD_IN_PROGRESS',
  'GROUP_COORDINATOR_NOT_AVAILABLE',
  'NOT_COORDINATOR_FOR_GROUP',
  'LEADER_NOT_AVAILABLE',
  'UNKNOWN_TOPIC_OR_PARTITION',
]);

/** True if the broker or a topic is still starting. */
export function isStarting(thrown: unknown): boolean {
  return STARTING.has(protocolErrorOf(thrown) ?? '');
}
