import type { GrpcServer } from '@fraudflow/rpc';
import type { handleUnaryCall, UntypedServiceImplementation } from '@grpc/grpc-js';
import { feastError } from '../errors/coded-error.js';

const CHANGES = [
  'ApplyEntity',
  'DeleteEntity',
  'ApplyDataSource',
  'DeleteDataSource',
  'ApplyFeatureView',
  'DeleteFeatureView',
  'ApplyFeatureService',
  'DeleteFeatureService',
  'ApplySavedDataset',
  'DeleteSavedDataset',
  'ApplyValidationReference',
  'DeleteValidationReference',
  'ApplyPermission',
  'DeletePermission',
  'ApplyProject',
  'DeleteProject',
  'ApplyMaterialization',
  'UpdateInfra',
  'Commit',
] as const;

/**
 * Handlers that refuse every change with FAILED_PRECONDITION and Feast's ReadOnlyRegistryException, which names the
 * alternative.
 */
export function refusals(server: GrpcServer): UntypedServiceImplementation {
  return Object.fromEntries(CHANGES.map((method) => [lowerFirst(method), refusal(server, method)]));
}

function refusal(server: GrpcServer, method: string): handleUnaryCall<unknown, never> {
  return server.unary(`Registry.${method}`, async () => {
    const reason = 'this registry is read-only: definitions are code; change them in libs/features and deploy';
    throw feastError('failed_precondition', 'ReadOnlyRegistryException', `${method} refused: ${reason}`);
  });
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
