/** A version's files as the registry keeps them: nothing in here is trusted yet. */
export interface ModelArtifact {
  readonly name: string;
  readonly version: string;
  readonly onnx: Uint8Array;
  /** Text of `scoring.json`, where the version has one. */
  readonly scoringJson?: string;
}
