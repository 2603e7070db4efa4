import { invalidInput } from '@fraudflow/core';
import { type ConstantTensor, type GraphNode, readNode, readTensor } from './graph-node.js';
import { countGraphValues } from './graph-values.js';
import { inspectNode, rejectExternalTensor, type TreeCounts } from './inspect-node.js';
import { type Field, parsing, readFields } from '../protobuf/message-reader.js';
import { ALLOWED_OPERATORS, DEFAULT_ONNX_LIMITS, type OnnxLimits } from './onnx-policy.js';
import { ENTRY, GRAPH, MODEL, OPSET } from '../protobuf/onnx-schema.js';
import { type OnnxValueInfo, readValueInfo } from '../protobuf/read-value-info.js';

/** Declarations of an ONNX file, read without running it. */
export interface OnnxInspection {
  readonly irVersion: number;
  /** Operator-set version by domain; the empty domain holds the tensor operators. */
  readonly opsets: Readonly<Record<string, number>>;
  readonly inputs: readonly OnnxValueInfo[];
  readonly outputs: readonly OnnxValueInfo[];
  /** Distinct operators as `domain.Operator`, or `Operator` for the empty domain. */
  readonly operators: readonly string[];
  readonly nodes: number;
  readonly trees: number;
  readonly treeNodes: number;
  /** `metadata_props`. */
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * Checks that an ONNX file is safe to load and returns its declarations. Call it before every load, with the bytes that
 * are then loaded (never with a path: the file could change in between).
 * Rejects: files over a limit, broken protobuf, external data (path traversal, weights swapped unseen), sparse
 * initialisers, sub-graphs, local functions, training info, custom domains, operators off the allow-list, trees with
 * cycles or with ids that do not exist, graphs whose intermediate values exceed the memory limit. Everything unknown is
 * rejected rather than skipped.
 * @param bytes the whole file. @param limits limits that differ from `DEFAULT_ONNX_LIMITS`.
 * @returns the declarations of the file.
 * @throws AppError invalid_input with code ONNX_MALFORMED, ONNX_TOO_LARGE or ONNX_FORBIDDEN.
 * Source: onnx/onnx `docs/IR.md`; CVE-2022-25882, CVE-2024-27318.
 */
export function inspectOnnx(bytes: Uint8Array, limits: Partial<OnnxLimits> = {}): OnnxInspection {
  const bounds = { ...DEFAULT_ONNX_LIMITS, ...limits };
  atMost(bytes.length, bounds.maxBytes, 'bytes');
  return parsing('model', () => new Inspector(bounds).model(bytes));
}

class Inspector {
  private irVersion = 0;
  private graphs = 0;
  private readonly opsets: Record<string, number> = {};
  private readonly inputs: OnnxValueInfo[] = [];
  private readonly outputs: OnnxValueInfo[] = [];
  private readonly operators = new Set<string>();
  private readonly metadata = new Map<string, string>();
  private metadataBytes = 0;
  private nodes = 0;
  private readonly counts: TreeCounts = { treeNodes: 0, trees: 0 };
  private readonly graphNodes: GraphNode[] = [];
  private readonly constants: ConstantTensor[] = [];

  constructor(private readonly limits: OnnxLimits) {}

  model(bytes: Uint8Array): OnnxInspection {
    for (const field of readFields(bytes)) this.modelField(field);
    if (this.graphs !== 1) throw malformed(`the file holds ${this.graphs} graphs, not one`);
    const graph = { inputs: this.inputs, constants: this.constants, nodes: this.graphNodes };
    atMost(countGraphValues(graph), this.limits.maxValues, 'elements in intermediate values for 1,000 rows');
    return {
      irVersion: this.irVersion,
      opsets: this.opsets,
      inputs: this.inputs,
      outputs: this.outputs,
      operators: [...this.operators].toSorted(),
      nodes: this.nodes,
      ...this.counts,
      metadata: Object.fromEntries(this.metadata),
    };
  }

  private modelField(field: Field): void {
    switch (field.number) {
      case MODEL.irVersion:
        this.irVersion = field.integer();
        return;
      case MODEL.graph:
        this.graphs++;
        for (const part of readFields(field.bytes())) this.graphField(part);
        return;
      case MODEL.opsetImport:
        return this.opset(field.bytes());
      case MODEL.metadataProps:
        return this.metadataEntry(field.bytes());
      case MODEL.trainingInfo:
        throw forbidden('training info');
      case MODEL.functions:
        throw forbidden('local functions');
      default:
        if (!MODEL_TEXT_FIELDS.has(field.number)) throw forbidden(`unknown model field ${field.number}`);
    }
  }

  private graphField(field: Field): void {
    switch (field.number) {
      case GRAPH.node: {
        atMost(++this.nodes, this.limits.maxNodes, 'graph nodes');
        this.operators.add(inspectNode(field.bytes(), this.counts, this.limits.maxTreeNodes));
        atMost(this.counts.treeNodes, this.limits.maxTreeNodes, 'tree nodes');
        this.graphNodes.push(readNode(field.bytes()));
        return atMost(this.counts.trees, this.limits.maxTrees, 'trees');
      }
      case GRAPH.initializer:
        rejectExternalTensor(field.bytes());
        this.constants.push(readTensor(field.bytes()));
        return;
      case GRAPH.sparseInitializer:
        throw forbidden('sparse initialisers');
      case GRAPH.input:
        this.inputs.push(readValueInfo(field.bytes()));
        return;
      case GRAPH.output:
        this.outputs.push(readValueInfo(field.bytes()));
        return;
      default:
        if (!GRAPH_TEXT_FIELDS.has(field.number)) throw forbidden(`unknown graph field ${field.number}`);
    }
  }

  private opset(bytes: Uint8Array): void {
    let domain = '';
    let version = 0;
    for (const field of readFields(bytes)) {
      if (field.number === OPSET.domain) domain = field.text();
      if (field.number === OPSET.version) version = field.integer();
    }
    if (!Object.hasOwn(ALLOWED_OPERATORS, domain)) throw forbidden(`operator domain "${domain}"`);
    this.opsets[domain] = version;
  }

  private metadataEntry(bytes: Uint8Array): void {
    this.metadataBytes += bytes.length;
    atMost(this.metadata.size + 1, this.limits.maxMetadataEntries, 'metadata entries');
    atMost(this.metadataBytes, this.limits.maxMetadataBytes, 'bytes of metadata');
    let key = '';
    let value = '';
    for (const field of readFields(bytes)) {
      if (field.number === ENTRY.key) key = field.text();
      if (field.number === ENTRY.value) value = field.text();
    }
    this.metadata.set(key, value);
  }
}

/** Producer name and version, domain, model version, documentation: text without effect. */
const MODEL_TEXT_FIELDS = new Set([2, 3, 4, 5, 6]);
/** Name, documentation, value info, quantization annotation, metadata: without effect on what runs. */
const GRAPH_TEXT_FIELDS = new Set([2, 10, 13, 14, 16]);

function atMost(value: number, limit: number, what: string): void {
  if (value <= limit) return;
  throw invalidInput(`the ONNX file has ${value} ${what}, more than the ${limit} allowed`, { code: 'ONNX_TOO_LARGE' });
}

function forbidden(what: string): Error {
  return invalidInput(`the ONNX file holds ${what}, which is not allowed`, { code: 'ONNX_FORBIDDEN' });
}

function malformed(message: string): Error {
  return invalidInput(`malformed ONNX file: ${message}`, { code: 'ONNX_MALFORMED' });
}
