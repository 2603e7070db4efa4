import { errorSchema } from '@fraudflow/contracts/mlflow/error';
import { AppError, asError, type ErrorCode, type ErrorKind, isErrorCode, unavailable } from '@fraudflow/core';

const KIND_OF_CODE: Partial<Readonly<Record<ErrorCode, ErrorKind>>> = {
  RESOURCE_DOES_NOT_EXIST: 'not_found',
  ENDPOINT_NOT_FOUND: 'not_found',
  RESOURCE_ALREADY_EXISTS: 'conflict',
  INVALID_PARAMETER_VALUE: 'invalid_input',
  BAD_REQUEST: 'invalid_input',
  PERMISSION_DENIED: 'permission_denied',
};

export interface HttpOptions {
  readonly baseUrl: string;
  /** Maximum time of an exchange, and of each chunk of a download, ms. */
  readonly timeoutMs: number;
}

export interface RequestBody {
  readonly bytes: Uint8Array<ArrayBuffer> | string;
  readonly type: string;
}

/** One HTTP exchange with the registry. @throws AppError with the registry's error code */
export async function exchange(
  options: HttpOptions,
  method: string,
  path: string,
  body?: RequestBody,
): Promise<Response> {
  const response = await answerOf(options, method, path, { signal: AbortSignal.timeout(options.timeoutMs), body });
  if (!response.ok) throw await failure(response, method, path);
  return response;
}

interface FetchPlan {
  readonly signal: AbortSignal;
  readonly body?: RequestBody | undefined;
}

/** The response with any status. @throws AppError unavailable if the registry does not respond */
export async function answerOf(
  options: HttpOptions,
  method: string,
  path: string,
  { signal, body }: FetchPlan,
): Promise<Response> {
  try {
    return await fetch(new URL(path, options.baseUrl), {
      method,
      signal,
      ...(body === undefined ? {} : { body: body.bytes, headers: { 'content-type': body.type } }),
    });
  } catch (thrown) {
    throw noAnswer(options, thrown);
  }
}

export function noAnswer({ baseUrl }: HttpOptions, thrown: unknown): AppError {
  const reason = asError(asError(thrown).cause ?? thrown).message;
  return unavailable(`the registry at ${baseUrl} does not answer: ${reason}`, { cause: thrown });
}

/** The AppError for a response with an error status. */
export async function failure(response: Response, method: string, path: string): Promise<AppError> {
  const text = await response.text();
  const parsed = errorSchema.safeParse(parseJson(text));
  const remoteCode = parsed.success ? parsed.data.error_code : '';
  const code: ErrorCode = isErrorCode(remoteCode) ? remoteCode : `HTTP_${response.status}`;
  const message = parsed.success ? parsed.data.message : text.slice(0, 200);
  const kind = KIND_OF_CODE[code] ?? (response.status >= 500 ? 'unavailable' : 'invalid_input');
  return new AppError(kind, `registry ${method} ${path}: ${message}`, { code });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
