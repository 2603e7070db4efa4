import { ERROR_KINDS } from '../error-kinds.js';
import type { ErrorCodeEntries } from './error-code-entry.js';

/** Codes of every service: the default codes of the kinds, configuration, and limits of requests. */
export const GENERAL_CODES = {
  INVALID_INPUT: {
    kinds: ['invalid_input'],
    meaning: 'The input violates a rule without a specific code.',
    operator: ERROR_KINDS.invalid_input.operator,
  },
  NOT_FOUND: {
    kinds: ['not_found'],
    meaning: 'The requested object does not exist.',
    operator: ERROR_KINDS.not_found.operator,
  },
  CONFLICT: {
    kinds: ['conflict'],
    meaning: 'The object exists already, or it was changed concurrently.',
    operator: ERROR_KINDS.conflict.operator,
  },
  FAILED_PRECONDITION: {
    kinds: ['failed_precondition'],
    meaning: 'The system is not in the state that the call needs.',
    operator: 'Read the message: it states the required state. A retry without a change fails again.',
  },
  PERMISSION_DENIED: {
    kinds: ['permission_denied'],
    meaning: 'The caller, or the service at Kafka, lacks a permission.',
    operator: 'Grant the permission that the message names, or use an account that has it.',
  },
  UNAVAILABLE: {
    kinds: ['unavailable'],
    meaning: 'A dependency cannot be reached.',
    operator: ERROR_KINDS.unavailable.operator,
  },
  TIMEOUT: {
    kinds: ['timeout'],
    meaning: 'The deadline of the call passed.',
    operator: ERROR_KINDS.timeout.operator,
  },
  RESOURCE_EXHAUSTED: {
    kinds: ['resource_exhausted'],
    meaning: 'A queue or a limit is full.',
    operator: ERROR_KINDS.resource_exhausted.operator,
  },
  ASSERTION_FAILED: {
    kinds: ['assertion_failed'],
    meaning: 'An invariant of the program is broken.',
    operator: ERROR_KINDS.assertion_failed.operator,
  },
  INTERNAL: {
    kinds: ['assertion_failed'],
    meaning: 'An error without a code was thrown; the response hides its text.',
    operator: 'Find the log line `http_request_failed` of the service and report it as a bug.',
  },
  BAD_REQUEST: {
    kinds: ['invalid_input'],
    meaning: 'The HTTP request is malformed, too large, or has an unknown route.',
    operator: 'Correct the request: the message and the HTTP status name the problem.',
  },
  CONFIG_INVALID: {
    kinds: ['invalid_input'],
    meaning: 'Settings of the service are missing or invalid; the process exits with 2.',
    operator: 'Correct every setting that the message lists (docs/configuration.md), then start the service again.',
  },
  HOST_NOT_ALLOWED: {
    kinds: ['permission_denied'],
    meaning: 'The Host header names a public host that is not allowed (protection against DNS rebinding).',
    operator: 'Add the host name to FRAUDFLOW_ALLOWED_HOSTS if clients use it legitimately.',
  },
  REQUEST_UNREADABLE: {
    kinds: ['invalid_input'],
    meaning: 'The bytes of a gRPC request cannot be decoded.',
    operator: 'Check that the client uses the .proto files of this version.',
  },
  REQUEST_TOO_LARGE: {
    kinds: ['resource_exhausted', 'invalid_input'],
    meaning: 'A gRPC request has more bytes, or more elements after decoding, than the server accepts.',
    operator: 'Send the request in smaller parts.',
  },
  JSON_TOO_DEEP: {
    kinds: ['invalid_input'],
    meaning: 'The JSON of a request body or of a record nests objects and arrays too deeply.',
    operator: 'Send a flatter structure; the message states the limit.',
  },
  JSON_TOO_LARGE: {
    kinds: ['invalid_input'],
    meaning: 'A JSON request body holds too many values.',
    operator: 'Send fewer values per request; the message states the limit.',
  },
  FIELD_INVALID: {
    kinds: ['invalid_input'],
    meaning: 'A field of a request has an invalid value.',
    operator: 'Correct the field that the error names; the message states the accepted values.',
  },
  DEADLINE_PASSED: {
    kinds: ['timeout'],
    meaning: 'The deadline of the caller passed before the response was ready.',
    operator: 'Raise the deadline of the client, or reduce the load: compare the latency metrics of the service.',
  },
  WATCHERS_EXHAUSTED: {
    kinds: ['resource_exhausted'],
    meaning: 'The gRPC health service has its maximum number of Watch streams.',
    operator: 'Use Check instead of Watch, or close Watch streams that are no longer needed.',
  },
  TOPIC_NOT_DECLARED: {
    kinds: ['failed_precondition'],
    meaning: 'A service writes to a topic that its streams.ts does not declare.',
    operator: 'This is a bug of the service: add the topic to its streams.ts.',
  },
  INPUT_NOT_DECLARED: {
    kinds: ['failed_precondition'],
    meaning: 'A service reads a topic, or handles an input, that its streams.ts does not declare.',
    operator: 'This is a bug of the service: add the input to its streams.ts.',
  },
  INPUT_NOT_HANDLED: {
    kinds: ['failed_precondition'],
    meaning: 'The streams.ts of a service declares an input without a handler.',
    operator: 'This is a bug of the service: add a handler, or remove the declaration.',
  },
  METHOD_NOT_HANDLED: {
    kinds: ['failed_precondition'],
    meaning: 'A gRPC service has a method without a handler in a controller.',
    operator: 'This is a bug of the service: add a controller method with @GrpcMethod.',
  },
  HANDLER_NOT_BOUND: {
    kinds: ['failed_precondition'],
    meaning: 'A controller handles a gRPC method that no bound service has.',
    operator: 'This is a bug of the service: bind the gRPC service, or correct the name of the method.',
  },
} as const satisfies ErrorCodeEntries;
