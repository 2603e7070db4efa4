import type { ErrorCodeEntries } from './error-code-entry.js';

/** Codes of the scorer, of its TensorFlow Serving protocol, and of model files. */
export const SCORING_CODES = {
  MODEL_NOT_LOADED: {
    kinds: ['unavailable'],
    meaning: 'The scorer has no model yet.',
    operator: 'Move a model version to stage Production, and check that the scorer reaches the registry.',
  },
  MODEL_QUARANTINED: {
    kinds: ['invalid_input'],
    meaning: 'A model version ended the process repeatedly while it was loaded, and is not loaded again.',
    operator: 'Promote another version, or remove loads.json from FRAUDFLOW_SCORER_MODEL_FOLDER to try again.',
  },
  MODEL_CANARY: {
    kinds: ['invalid_input'],
    meaning: 'A model failed its canary run: it does not run, or its scores are inconsistent.',
    operator: 'Keep the active version; train or export the model again.',
  },
  MODEL_UNLOADABLE: {
    kinds: ['invalid_input'],
    meaning: 'ONNX Runtime refuses the model, or its output has the wrong shape.',
    operator: 'Export the model again with a supported opset; the message states the reason.',
  },
  MODEL_SIGNATURE: {
    kinds: ['invalid_input'],
    meaning: 'The model file is safe, but its inputs, outputs or features cannot be served.',
    operator: 'Train the model on features of a feature service, or correct its export.',
  },
  MODEL_FILE_UNCLEAR: {
    kinds: ['invalid_input'],
    meaning: 'A model version holds several ONNX files and none with the expected name.',
    operator: 'Register a version with exactly one ONNX file, or with the file name of the message.',
  },
  ONNX_MALFORMED: {
    kinds: ['invalid_input'],
    meaning: 'An ONNX file is damaged or contradicts itself.',
    operator: 'Export the model again and compare the digest of the upload.',
  },
  ONNX_FORBIDDEN: {
    kinds: ['invalid_input'],
    meaning: 'An ONNX file holds something that is not allowed, e.g. external data or an unknown operator.',
    operator: 'Export the model without it; the message names the part. Check the origin of the file.',
  },
  ONNX_TOO_LARGE: {
    kinds: ['invalid_input'],
    meaning: 'An ONNX file has more bytes, trees or nodes than allowed.',
    operator: 'Train a smaller model, or raise the limit of the model size if the message names a number of bytes.',
  },
  STATE_UNREACHABLE: {
    kinds: ['unavailable'],
    meaning: 'The feature state of an entity cannot be read from Redis.',
    operator: 'Check Redis; until then requests without sent features are decided by the fallback rules.',
  },
  MODEL_SPEC: {
    kinds: ['invalid_input'],
    meaning: 'A TensorFlow Serving request does not name a model.',
    operator: 'Set model_spec.name in the client.',
  },
  MODEL_UNKNOWN: {
    kinds: ['not_found'],
    meaning: 'A TensorFlow Serving request names a model or a version that is not served.',
    operator: 'Request the active version: compare with the status call of the model.',
  },
  VERSION_LABEL: {
    kinds: ['invalid_input'],
    meaning: 'A TensorFlow Serving request has an unknown version label.',
    operator: 'Leave the version label out, or use one that stands for the active version.',
  },
  SIGNATURE_UNKNOWN: {
    kinds: ['failed_precondition'],
    meaning: 'A TensorFlow Serving request names a signature that the model does not have.',
    operator: 'Leave signature_name empty.',
  },
  INPUT_NAMES: {
    kinds: ['invalid_input'],
    meaning: 'The input tensors do not have the names of the model signature.',
    operator: 'Send the inputs that the metadata call lists.',
  },
  TENSOR_INVALID: {
    kinds: ['invalid_input'],
    meaning: 'An input tensor has the wrong type, shape or content.',
    operator: 'Correct the tensor that the error names.',
  },
  OUTPUT_FILTER: {
    kinds: ['invalid_input'],
    meaning: 'The output filter of a TensorFlow Serving request names an unknown output, or one twice.',
    operator: 'Leave output_filter empty.',
  },
  METADATA_FIELD: {
    kinds: ['invalid_input'],
    meaning: 'A metadata request names no field, or an unsupported one.',
    operator: 'Request the metadata field signature_def.',
  },
} as const satisfies ErrorCodeEntries;
