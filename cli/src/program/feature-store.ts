import { AppError, unavailable } from '@fraudflow/core';
import { runningStack } from '@fraudflow/local';
import type { CliContext } from './cli-context.js';
import { runningStackSettings } from './stack-settings.js';

export const ADDRESS_OPTION = [
  '--address <host:port>',
  "the feature store's gRPC; default: that of the running stack",
] as const;

/** gRPC of the running stack's feature store, `host:port`. @throws AppError failed_precondition, unavailable */
export function featureStoreAddress({ env }: Pick<CliContext, 'env'>): string {
  const address = runningStack(runningStackSettings(env).dataDir).services['feature-store']?.grpc;
  if (address !== undefined) return address;
  throw unavailable('the running stack has no feature store: start all with ./fraudflow up, or give --address');
}

/** Replaces the error of an unavailable feature store by one with the next step; returns other errors unchanged. */
export function explainSilence(thrown: unknown, address: string): unknown {
  if (!(thrown instanceof AppError) || thrown.kind !== 'unavailable') return thrown;
  return unavailable(
    `no feature store answers at ${address}: see ./fraudflow status, start one with ./fraudflow up, or check --address`,
    { cause: thrown },
  );
}
