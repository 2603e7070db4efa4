import type { Type } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';

/**
 * Adds gRPC methods to a controller from a table, for services whose many methods are alike. The same as writing each
 * with `@GrpcMethod`.
 * @param service name without its package
 * @param methods by the method's name; called with the controller and the request
 */
export function addGrpcMethods<Controller>(
  controller: Type<Controller>,
  service: string,
  methods: Readonly<Record<string, (controller: Controller, request: never) => unknown>>,
): void {
  const prototype = controller.prototype as object;
  for (const [method, answer] of Object.entries(methods)) {
    const value = async function (this: Controller, request: never): Promise<unknown> {
      return answer(this, request);
    };
    const descriptor = { value, writable: true, configurable: true, enumerable: false };
    Object.defineProperty(prototype, method, descriptor);
    GrpcMethod(service, method)(prototype, method, descriptor);
  }
}
