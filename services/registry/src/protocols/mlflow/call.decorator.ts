import { applyDecorators, Delete, Get, HttpCode, Patch, Post, Put } from '@nestjs/common';

const METHODS = { DELETE: Delete, GET: Get, PATCH: Patch, POST: Post, PUT: Put } as const;

/** A route that responds with status 200: MLflow's client treats any other status, also 201 and 204, as a failure. */
export function Call(method: keyof typeof METHODS, path = ''): MethodDecorator {
  return applyDecorators(METHODS[method](path), HttpCode(200));
}
