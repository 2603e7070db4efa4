import { invalidInput } from '@fraudflow/core';
import type { ArtifactFile, RegistryClient } from '@fraudflow/registry-client';
import type { ModelArtifact } from '../model-artifact.js';
import { ModelRepository } from '../model-repository.port.js';

const MODEL_FILE = 'model.onnx';
const METADATA_FILE = 'scoring.json';
const MAX_METADATA_BYTES = 64 * 1024;

type Registry = Pick<RegistryClient, 'latestVersion' | 'downloadUri' | 'listArtifacts' | 'getArtifact'>;

/** Reads versions and files through the registry's MLflow API. */
export class RegistryModelRepository extends ModelRepository {
  constructor(
    private readonly registry: Registry,
    private readonly modelName: string,
    private readonly maxBytes: number,
  ) {
    super();
  }

  override async productionVersion(): Promise<string | undefined> {
    return (await this.registry.latestVersion(this.modelName, 'Production'))?.version;
  }

  override async download(version: string): Promise<ModelArtifact> {
    const folder = await this.registry.downloadUri(this.modelName, version);
    const files = (await this.registry.listArtifacts(folder)).filter((file) => !file.is_dir);
    const model = this.modelFile(version, files);
    if (model.file_size > this.maxBytes) throw tooLarge(version, model.file_size, this.maxBytes);
    const onnx = await this.registry.getArtifact(`${folder}/${baseName(model)}`, this.maxBytes);
    const metadata = files.find((file) => baseName(file) === METADATA_FILE && file.file_size <= MAX_METADATA_BYTES);
    return {
      name: this.modelName,
      version,
      onnx,
      ...(metadata ? { scoringJson: await this.text(`${folder}/${METADATA_FILE}`) } : {}),
    };
  }

  private modelFile(version: string, files: readonly ArtifactFile[]): ArtifactFile {
    const candidates = files.filter((file) => baseName(file).endsWith('.onnx'));
    const chosen = candidates.find((file) => baseName(file) === MODEL_FILE) ?? candidates[0];
    if (chosen && (candidates.length === 1 || baseName(chosen) === MODEL_FILE)) return chosen;
    throw invalidInput(
      `version ${version} of ${this.modelName} holds ${candidates.length} ONNX files and none named ${MODEL_FILE}`,
      { code: 'MODEL_FILE_UNCLEAR' },
    );
  }

  private async text(uri: string): Promise<string> {
    return Buffer.from(await this.registry.getArtifact(uri, MAX_METADATA_BYTES)).toString('utf8');
  }
}

/** The base name of a listed file: MLflow servers list either base names or full paths. */
function baseName(file: ArtifactFile): string {
  return file.path.slice(file.path.lastIndexOf('/') + 1);
}

function tooLarge(version: string, bytes: number, maxBytes: number): Error {
  return invalidInput(`the model file of version ${version} has ${bytes} bytes, more than the ${maxBytes} allowed`, {
    code: 'ONNX_TOO_LARGE',
  });
}
