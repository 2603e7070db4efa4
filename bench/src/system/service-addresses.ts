import { notFound } from '@fraudflow/core';
import type { StackHandle } from '@fraudflow/local';

/** `host:port` of a service's gRPC endpoint. @throws AppError not_found if it has none. */
export function grpcAddress({ addresses }: Pick<StackHandle, 'addresses'>, service: string): string {
  const address = addresses.services[service]?.grpc;
  if (address === undefined) throw notFound(`${service} has no gRPC address in this stack`);
  return address;
}

/** Base URL of a service. @throws AppError not_found if it does not run. */
export function httpAddress({ addresses }: Pick<StackHandle, 'addresses'>, service: string): string {
  const address = addresses.services[service]?.http;
  if (address === undefined) throw notFound(`${service} does not run in this stack`);
  return address;
}
