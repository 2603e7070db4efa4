/** A loaded model. Immutable: each version is a separate object. */
export abstract class ScoringModel {
  abstract readonly name: string;
  /** Version number in the registry: a positive integer as text. */
  abstract readonly version: string;
  /** sha256 of the model file, hex. */
  abstract readonly digest: string;
  /** Names of the columns a row must have, in order. */
  abstract readonly featureNames: readonly string[];
  /** Decision threshold stored with the model, 0 to 1; undefined if its file has none. */
  abstract readonly threshold: number | undefined;

  /**
   * Fraud probability of each row, 0 to 1; NaN for a row without a score: the result is outside 0 to 1, or a value is
   * missing and the model does not support missing values.
   * @param rows row-major, `count` × `featureNames.length`; NaN means missing. The model does not change them; the
   * caller must not change them before the promise settles.
   */
  abstract score(rows: Float32Array, count: number): Promise<Float32Array>;

  /** Frees native memory. No `score` call may be running or follow. */
  abstract release(): Promise<void>;
}
