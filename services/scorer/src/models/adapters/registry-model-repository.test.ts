import { describe, expect, test } from 'vitest';
import { RegistryModelRepository } from './registry-model-repository.js';

type Registry = ConstructorParameters<typeof RegistryModelRepository>[0];

/** A repository over a registry with one version that has these files. */
function aRepository(files: Readonly<Record<string, string>>, maxBytes = 1_000): RegistryModelRepository {
  const registry: Registry = {
    latestVersion: async (name, stage) =>
      stage === 'Production'
        ? {
            name,
            version: '4',
            current_stage: stage,
            run_id: '',
            source: '',
            status: 'READY',
            tags: [],
            creation_timestamp: 0,
          }
        : undefined,
    downloadUri: async (_name, version) => `mlflow-artifacts:/models/${version}`,
    listArtifacts: async () =>
      Object.entries(files).map(([path, content]) => ({ path, is_dir: false, file_size: content.length })),
    getArtifact: async (uri) => Buffer.from(files[uri.replace('mlflow-artifacts:/models/4/', '')] ?? ''),
  };
  return new RegistryModelRepository(registry, 'fraud_detector', maxBytes);
}

test('the repository finds the Production version and downloads its files', async () => {
  const repository = aRepository({ 'model.onnx': 'bytes', 'scoring.json': '{}', MLmodel: 'x' });

  expect(await repository.productionVersion()).toBe('4');
  expect(await repository.download('4')).toEqual({
    name: 'fraud_detector',
    version: '4',
    onnx: Buffer.from('bytes'),
    scoringJson: '{}',
  });
});

describe('the model file', () => {
  test('may have any name if it is the only ONNX file', async () => {
    const { onnx } = await aRepository({ 'fraud.onnx': 'bytes' }).download('4');

    expect(String(onnx)).toBe('bytes');
  });

  test('is model.onnx if there are several', async () => {
    const { onnx } = await aRepository({ 'a.onnx': 'no', 'model.onnx': 'yes' }).download('4');

    expect(String(onnx)).toBe('yes');
  });

  test.each([
    ['missing', { MLmodel: 'x' }, 'MODEL_FILE_UNCLEAR'],
    ['unclear', { 'a.onnx': 'x', 'b.onnx': 'y' }, 'MODEL_FILE_UNCLEAR'],
    ['too large', { 'model.onnx': 'x'.repeat(1_001) }, 'ONNX_TOO_LARGE'],
  ])('that is %s is refused', async (_what, files, code) => {
    await expect(aRepository(files).download('4')).rejects.toMatchObject({ kind: 'invalid_input', code });
  });
});
