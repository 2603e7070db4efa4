/**
 * The closed set of error kinds. A call that failed with a `retryable` kind may succeed when it is repeated unchanged.
 * `operator` is the recommended next step.
 */
export const ERROR_KINDS = {
  invalid_input: {
    retryable: false,
    operator: 'The request is wrong: correct the field that the message names.',
  },
  not_found: { retryable: false, operator: 'The requested object does not exist: check the name or id.' },
  conflict: { retryable: false, operator: 'The object already exists or was changed concurrently: read it again.' },
  failed_precondition: { retryable: false, operator: 'The system is not in the state this call needs.' },
  permission_denied: { retryable: false, operator: 'The caller lacks the role this call needs.' },
  unavailable: { retryable: true, operator: 'A dependency cannot be reached: see /ready of the service.' },
  timeout: { retryable: true, operator: 'The deadline passed: check the load and the latency of dependencies.' },
  resource_exhausted: { retryable: true, operator: 'A queue or limit is full: slow down or scale out.' },
  assertion_failed: { retryable: false, operator: 'A bug: report it with the log line.' },
} as const;

/** Name of an error kind. It decides the gRPC status, the HTTP status and whether a retry may succeed. */
export type ErrorKind = keyof typeof ERROR_KINDS;
