import type { Calibration } from '../calibration/calibration.js';
import { MessageWriter } from './protobuf/message-writer.js';
import { type ModelMetadata, modelMetadataEntries } from './model-metadata.js';
import {
  DIM,
  ENTRY,
  FLOAT32_ELEMENT,
  GRAPH,
  ML_DOMAIN,
  MODEL,
  OPSET,
  SHAPE,
  TENSOR_TYPE,
  TYPE,
  VALUE_INFO,
} from './protobuf/onnx-schema.js';
import { writeProbability } from './write-probability.js';

const IR_VERSION = 8;
const MAIN_OPSET = 15;
const ML_OPSET = 3;
const MARGIN_NAME = 'margin';

/** Names and metadata of an exported model. */
export interface OnnxExportOptions {
  /** Column names in the order of the training matrix; their count must equal the model's. */
  readonly featureNames: readonly string[];
  readonly metadata: ModelMetadata;
  /** Default `features`: float32 [batch, features]; NaN means missing. */
  readonly inputName?: string;
  /** Default `fraud_probability`: float32 [batch, 1]. */
  readonly outputName?: string;
  /** `margin` leaves sigmoid and calibration out and returns log-odds; for parity tests. Default `probability`. */
  readonly output?: 'probability' | 'margin';
  /** Map from margin to probability, see `applyCalibration`. Default: none, the sigmoid. */
  readonly calibration?: Calibration;
}

/** Names of the values that the operators of a model read and write. */
export interface MarginNames {
  /** The features, float32 [batch, features]. */
  readonly input: string;
  /** The margin (log-odds), float32 [batch, 1]. */
  readonly output: string;
}

/**
 * Writes an ONNX file of a model that computes a margin: the operators of the model, those from the margin to the
 * probability, and the metadata.
 * @param writeMargin adds the operators that compute the margin to the graph
 * @param properties further entries of the metadata, as key and value
 */
export function writeModelFile(
  options: OnnxExportOptions,
  writeMargin: (graph: MessageWriter, names: MarginNames) => void,
  properties: readonly (readonly [string, string])[] = [],
): Uint8Array<ArrayBuffer> {
  const { featureNames } = options;
  const names = { input: options.inputName ?? 'features', output: options.outputName ?? 'fraud_probability' };
  const withSigmoid = options.output !== 'margin';
  const file = new MessageWriter()
    .integer(MODEL.irVersion, IR_VERSION)
    .text(MODEL.producerName, 'fraudflow')
    .message(MODEL.graph, (graph) => {
      const margin = withSigmoid ? MARGIN_NAME : names.output;
      writeMargin(graph, { input: names.input, output: margin });
      if (withSigmoid) writeProbability(graph, { margin, output: names.output }, options.calibration);
      graph.text(GRAPH.name, 'fraud_detector');
      writeTensorInfo(graph, GRAPH.input, names.input, featureNames.length);
      writeTensorInfo(graph, GRAPH.output, names.output, 1);
    });
  writeOpset(file, '', MAIN_OPSET);
  writeOpset(file, ML_DOMAIN, ML_OPSET);
  for (const [key, value] of [...modelMetadataEntries(options.metadata, featureNames), ...properties]) {
    file.message(MODEL.metadataProps, (entry) => entry.text(ENTRY.key, key).text(ENTRY.value, value));
  }
  return file.finish();
}

function writeTensorInfo(graph: MessageWriter, field: number, name: string, columns: number): void {
  graph.message(field, (info) =>
    info.text(VALUE_INFO.name, name).message(VALUE_INFO.type, (type) =>
      type.message(TYPE.tensor, (tensor) =>
        tensor.integer(TENSOR_TYPE.elementType, FLOAT32_ELEMENT).message(TENSOR_TYPE.shape, (shape) => {
          shape.message(SHAPE.dim, (dim) => dim.text(DIM.param, 'batch'));
          shape.message(SHAPE.dim, (dim) => dim.integer(DIM.value, columns));
        }),
      ),
    ),
  );
}

function writeOpset(file: MessageWriter, domain: string, version: number): void {
  file.message(MODEL.opsetImport, (opset) => opset.text(OPSET.domain, domain).integer(OPSET.version, version));
}
