/** Files of a model version as downloaded from the registry. The content is untrusted. */
export interface ModelArtifact {
  readonly name: string;
  readonly version: string;
  readonly onnx: Uint8Array;
  /** Text of `scoring.json`; undefined if the version has none. */
  readonly scoringJson?: string;
}
