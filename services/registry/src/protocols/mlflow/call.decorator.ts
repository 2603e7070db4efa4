import { applyDecorators, Delete, Get, HttpCode, Patch, Post, Put } from '@nestjs/common';

const METHODS = { DELETE: Delete, GET: Get, PATCH: Patch, POST: Post, PUT: Put } as const;

/** A route that answers exactly 200: MLflow's client takes any other status, 201 and 204 included, for a failure. */
export function Call(method: keyof typeof METHODS, path = ''): MethodDecorator {
  return applyDecorators(METHODS[method](path), HttpCode(200));
}
