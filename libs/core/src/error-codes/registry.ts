import type { ErrorCodeEntries } from './error-code-entry.js';

/** Codes of the model registry and of its client; those of MLflow arrive in `error_code` of its responses. */
export const REGISTRY_CODES = {
  RESOURCE_DOES_NOT_EXIST: {
    kinds: ['not_found'],
    meaning: 'The registry has no run, model, version or artifact with this name or id.',
    operator: 'Check the name in the web interface of the registry.',
  },
  RESOURCE_ALREADY_EXISTS: {
    kinds: ['conflict'],
    meaning: 'The registry already has an object with this name, or the object was changed concurrently.',
    operator: 'Use another name, or read the object again.',
  },
  INVALID_PARAMETER_VALUE: {
    kinds: ['invalid_input'],
    meaning: 'The registry refuses a parameter of the request, or the state of the object does not allow the call.',
    operator: 'Correct the parameter that the message names.',
  },
  ENDPOINT_NOT_FOUND: {
    kinds: ['not_found'],
    meaning: 'The registry has no such endpoint.',
    operator: 'Check the address and the version of the MLflow client.',
  },
  TEMPORARILY_UNAVAILABLE: {
    kinds: ['unavailable'],
    meaning: 'The registry cannot reach its database or its artifact store.',
    operator: 'Check Postgres and the artifact folder of the registry; clients retry automatically.',
  },
  DEADLINE_EXCEEDED: {
    kinds: ['timeout', 'unavailable'],
    meaning: 'The registry did not complete a request in time.',
    operator: 'Check the load of the registry and its database.',
  },
  REQUEST_LIMIT_EXCEEDED: {
    kinds: ['resource_exhausted', 'invalid_input'],
    meaning: 'The registry does not accept further requests at present.',
    operator: 'Send fewer concurrent requests.',
  },
  INTERNAL_ERROR: {
    kinds: ['assertion_failed', 'unavailable'],
    meaning: 'The registry failed with an unexpected error.',
    operator: 'Read the log of the registry and report the error.',
  },
  NOT_IMPLEMENTED: {
    kinds: ['failed_precondition', 'unavailable'],
    meaning: 'The registry does not offer this part of the MLflow protocol.',
    operator: 'Use the call that the message names instead.',
  },
  ARTIFACT_FROZEN: {
    kinds: ['permission_denied'],
    meaning: 'An artifact belongs to a registered model version and cannot be changed or deleted.',
    operator: 'Log the files to another path and register a new version, or delete the version first.',
  },
  ARTIFACT_TOO_LARGE: {
    kinds: ['invalid_input'],
    meaning: 'An artifact is larger than the registry accepts, or than the client may download.',
    operator: 'Make the file smaller, or raise the limit of the service that reports it.',
  },
  ARTIFACT_URI_INVALID: {
    kinds: ['invalid_input'],
    meaning: 'A model version points to a location outside the artifact store of the registry.',
    operator: 'Register the version with artifacts that were logged to this registry.',
  },
  STAGE_HOLDER_CHANGED: {
    kinds: ['conflict'],
    meaning: 'Another version entered the stage before a conditional transition.',
    operator: 'Read the stage again and decide again.',
  },
  STORAGE_FULL: {
    kinds: ['resource_exhausted'],
    meaning: 'The disk of the registry or of its database is full.',
    operator: 'Free or add disk space. Clients do not retry automatically.',
  },
  UPLOAD_IDLE: {
    kinds: ['timeout'],
    meaning: 'The client of an upload sent nothing for the idle timeout.',
    operator: 'Check the network between client and registry, then upload again.',
  },
} as const satisfies ErrorCodeEntries;
