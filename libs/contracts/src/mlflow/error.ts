import { z } from 'zod';

/** Error codes of MLflow's REST API in use. */
export type MlflowErrorCode =
  | 'BAD_REQUEST'
  | 'DEADLINE_EXCEEDED'
  | 'ENDPOINT_NOT_FOUND'
  | 'INTERNAL_ERROR'
  | 'INVALID_PARAMETER_VALUE'
  | 'NOT_IMPLEMENTED'
  | 'PERMISSION_DENIED'
  | 'REQUEST_LIMIT_EXCEEDED'
  | 'RESOURCE_ALREADY_EXISTS'
  | 'RESOURCE_DOES_NOT_EXIST'
  | 'RESOURCE_EXHAUSTED'
  | 'TEMPORARILY_UNAVAILABLE';

/** The body of a response with an error status. Servers of other makers may send further codes. */
export const errorSchema = z.object({ error_code: z.string(), message: z.string() });
