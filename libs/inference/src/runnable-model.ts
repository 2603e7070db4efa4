/** A model file that has been checked, with the names that it is run by. */
export interface RunnableModel {
  readonly bytes: Uint8Array;
  readonly signature: {
    readonly inputName: string;
    readonly outputName: string;
    /** Columns of the input, in this order. */
    readonly featureNames: readonly string[];
  };
}
