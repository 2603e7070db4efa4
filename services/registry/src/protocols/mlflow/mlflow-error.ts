import { HttpException } from '@nestjs/common';
import type { MlflowErrorCode } from '@fraudflow/contracts/mlflow/error';
import { AppError, type ErrorKind } from '@fraudflow/core';

export interface MlflowError {
  readonly status: number;
  readonly body: { readonly error_code: MlflowErrorCode; readonly message: string };
}

const BY_KIND: Readonly<Record<ErrorKind, readonly [number, MlflowErrorCode]>> = {
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

const BY_CODE: Readonly<Record<string, readonly [number, MlflowErrorCode]>> = {
  NOT_IMPLEMENTED: [501, 'NOT_IMPLEMENTED'],
  ARTIFACT_TOO_LARGE: [413, 'INVALID_PARAMETER_VALUE'],
  UPLOAD_IDLE: [408, 'BAD_REQUEST'],
  // Clients do not repeat requests after this status: the disk remains full.
  STORAGE_FULL: [507, 'RESOURCE_EXHAUSTED'],
};

/**
 * Maps any thrown value to MLflow's error body: errors of the domain, of Nest and of Fastify. An error of the caller
 * must not become 5xx, because the client would repeat the request for minutes.
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

function envelope(status: number, code: MlflowErrorCode, message: string): MlflowError {
  return { status, body: { error_code: code, message } };
}

function frameworkStatus(thrown: unknown): number | undefined {
  if (thrown instanceof HttpException) return thrown.getStatus();
  if (thrown instanceof Error && 'statusCode' in thrown && typeof thrown.statusCode === 'number')
    return thrown.statusCode;
  return undefined;
}
