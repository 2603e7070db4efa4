/** A model ready to score. Immutable: a new version is a new object. */
export abstract class ScoringModel {
  abstract readonly name: string;
  /** Version in the registry, a positive whole number as text. */
  abstract readonly version: string;
  /** sha256 of the model file, hex. */
  abstract readonly digest: string;
  /** Names of the columns a row must have, in order. */
  abstract readonly featureNames: readonly string[];
  /** Probability from which on a transaction counts as fraud, tuned with the model; undefined if its file names none. */
  abstract readonly threshold: number | undefined;

  /**
   * Fraud probability of each row, 0 to 1; NaN where the model gives none: its result is no such number, or a value is
   * missing and the model cannot take missing values.
   * @param rows row-major, `count` × `featureNames.length`; NaN means missing. Not changed, and not to be changed until the answer is there.
   */
  abstract score(rows: Float32Array, count: number): Promise<Float32Array>;

  /** Frees native memory. No `score` may run or follow. */
  abstract release(): Promise<void>;
}
