import type { ReferenceProfileJson } from '@fraudflow/drift';

/** Where reference profiles of model versions lie. */
export abstract class ProfileSource {
  /**
   * The profile stored with a version, or undefined if the version has none, which will not change.
   * @throws AppError `unavailable` or `timeout` if the store cannot be asked now; `invalid_input` for a malformed
   * profile.
   */
  abstract load(model: string, version: string): Promise<ReferenceProfileJson | undefined>;
}
