import { createRequire } from 'node:module';

const requireJson = createRequire(import.meta.url);

/**
 * Versions of the libraries that a result depends on.
 * @param parameters of a trained model, with `xgboost_version` if XGBoost trained it
 */
export function libraryVersions(parameters: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const xgboost = parameters['xgboost_version'];
  return {
    fraudflow: versionOf('../../../package.json'),
    onnxruntime: versionOf('onnxruntime-node/package.json'),
    ...(xgboost === undefined ? {} : { xgboost }),
  };
}

function versionOf(manifest: string): string {
  return (requireJson(manifest) as { readonly version: string }).version;
}
