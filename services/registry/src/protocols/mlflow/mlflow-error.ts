import { HttpException } from '@nestjs/common';
import { AppError, type ErrorKind } from '@fraudflow/core';

export interface MlflowError {
  readonly status: number;
  readonly body: { readonly error_code: string; readonly message: string };
}

const BY_KIND: Readonly<Record<ErrorKind, readonly [number, string]>> = {
  invalid_input: [400, 'INVALID_PARAMETER_VALUE'],
  not_found: [404, 'RESOURCE_DOES_NOT_EXIST'],
  conflict: [400, 'RESOURCE_ALREADY_EXISTS'],
  failed_precondition: [400, 'INVALID_PARAMETER_VALUE'],
  permission_denied: [403, 'PERMISSION_DENIED'],
  unavailable: [503, 'TEMPORARILY_UNAVAILABLE'],
  timeout: [504, 'DEADLINE_EXCEEDED'],
  resource_exhausted: [429, 'REQUEST_LIMIT_EXCEEDED'],
  assertion_failed: [500, 'INTERNAL_ERROR'],
};

const BY_CODE: Readonly<Record<string, readonly [number, string]>> = {
  NOT_IMPLEMENTED: [501, 'NOT_IMPLEMENTED'],
  ARTIFACT_TOO_LARGE: [413, 'INVALID_PARAMETER_VALUE'],
  UPLOAD_IDLE: [408, 'BAD_REQUEST'],
  // Not among the statuses clients repeat: a full disk stays full.
  STORAGE_FULL: [507, 'RESOURCE_EXHAUSTED'],
};

/**
 * The one mapping from anything thrown to MLflow's error envelope, for domain errors, Nest's and Fastify's alike.
 * Whatever is the caller's doing must not become 5xx: the client would repeat it for minutes.
 */
export function toMlflowError(thrown: unknown): MlflowError {
  if (thrown instanceof AppError) {
    const [status, code] = BY_CODE[thrown.code] ?? BY_KIND[thrown.kind];
    return envelope(status, code, thrown.message);
  }
  const status = frameworkStatus(thrown);
  const message = thrown instanceof Error ? thrown.message : 'unknown error';
  if (status === 404) return envelope(404, 'ENDPOINT_NOT_FOUND', message);
  if (status !== undefined && status >= 400 && status < 500) return envelope(status, 'BAD_REQUEST', message);
  return envelope(500, 'INTERNAL_ERROR', 'Internal error: see the log of the registry');
}

function envelope(status: number, code: string, message: string): MlflowError {
  return { status, body: { error_code: code, message } };
}

function frameworkStatus(thrown: unknown): number | undefined {
  if (thrown instanceof HttpException) return thrown.getStatus();
  if (thrown instanceof Error && 'statusCode' in thrown && typeof thrown.statusCode === 'number')
    return thrown.statusCode;
  return undefined;
}
