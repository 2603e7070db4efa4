import { AppError, asError, invalidInput } from '@fraudflow/core';
import { profileFromJson, type ReferenceProfileJson } from '@fraudflow/drift';
import type { RegistryClient } from '@fraudflow/registry-client';
import { ProfileSource } from '../profile-source.port.js';

/** Name of the profile's file in the version's folder; the trainer writes it. */
const PROFILE_FILE = 'reference-profile.json';

/** Reads profiles from the version's folder in the registry. */
export class RegistryProfileSource extends ProfileSource {
  constructor(private readonly registry: Pick<RegistryClient, 'downloadUri' | 'getArtifact'>) {
    super();
  }

  async load(model: string, version: string): Promise<ReferenceProfileJson | undefined> {
    const bytes = await this.#bytes(model, version);
    if (bytes === undefined) return undefined;
    const json = parsed(bytes, `${model} ${version}`);
    profileFromJson(json);
    return json as ReferenceProfileJson;
  }

  async #bytes(model: string, version: string): Promise<Uint8Array | undefined> {
    try {
      const folder = await this.registry.downloadUri(model, version);
      return await this.registry.getArtifact(`${folder}/${PROFILE_FILE}`);
    } catch (thrown) {
      if (thrown instanceof AppError && thrown.kind === 'not_found') return undefined;
      throw thrown;
    }
  }
}

function parsed(bytes: Uint8Array, of: string): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch (thrown) {
    throw invalidInput(`the reference profile of ${of} is not valid JSON: ${asError(thrown).message}`, {
      cause: thrown,
    });
  }
}
