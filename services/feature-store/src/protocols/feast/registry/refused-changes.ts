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
 * Methods that refuse every change with FAILED_PRECONDITION and Feast's ReadOnlyRegistryException, which names the
 * alternative.
 */
export const REFUSALS: Readonly<Record<string, () => never>> = Object.fromEntries(
  CHANGES.map((method) => [method, refusal(method)]),
);

function refusal(method: string): () => never {
  return () => {
    const reason = 'this registry is read-only: definitions are code; change them in libs/features and deploy';
    throw feastError('failed_precondition', 'ReadOnlyRegistryException', `${method} refused: ${reason}`);
  };
}
