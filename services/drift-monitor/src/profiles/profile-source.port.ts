import type { ReferenceProfileJson } from '@fraudflow/drift';

/** Storage of the reference profiles of model versions. */
export abstract class ProfileSource {
  /**
   * Loads the profile of a version; undefined if the version has none, which is final.
   * @throws AppError `unavailable` or `timeout` if the storage does not respond; `invalid_input` for a malformed
   * profile.
   */
  abstract load(model: string, version: string): Promise<ReferenceProfileJson | undefined>;
}
