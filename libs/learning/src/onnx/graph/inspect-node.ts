import { invalidInput } from '@fraudflow/core';
import { type Field, readFields } from '../protobuf/message-reader.js';
import { ALLOWED_OPERATORS } from './onnx-policy.js';
import { ATTRIBUTE, NODE, TENSOR } from '../protobuf/onnx-schema.js';
import { checkTreeShape, LEAF, type TreeLists } from './tree-shape.js';

/** Running totals over the tree operators of a file. */
export interface TreeCounts {
  treeNodes: number;
  trees: number;
}

/** Attributes that describe the nodes of trees, by the list they fill. */
const TREE_LISTS = {
  nodes_treeids: 'treeIds',
  nodes_nodeids: 'nodeIds',
  nodes_featureids: 'featureIds',
  nodes_truenodeids: 'trueIds',
  nodes_falsenodeids: 'falseIds',
} as const satisfies Readonly<Record<string, keyof TreeLists>>;
const TREE_MODES = 'nodes_modes';

type FoundLists = { -readonly [Name in keyof TreeLists]?: TreeLists[Name] };

/**
 * Checks one operator of the graph, its trees included, and adds them to `counts`.
 * @param maxTreeNodes largest allowed number of tree nodes; reading stops beyond it
 * @returns `domain.Operator`, or `Operator` for the tensor operators
 */
export function inspectNode(bytes: Uint8Array, counts: TreeCounts, maxTreeNodes: number): string {
  let operator = '';
  let domain = '';
  const lists: FoundLists = {};
  for (const field of readFields(bytes)) {
    if (field.number === NODE.opType) operator = field.text();
    else if (field.number === NODE.domain) domain = field.text();
    else if (field.number === NODE.attribute) inspectAttribute(field.bytes(), lists, maxTreeNodes);
  }
  const allowed = Object.hasOwn(ALLOWED_OPERATORS, domain) ? ALLOWED_OPERATORS[domain] : undefined;
  if (!allowed) throw forbidden(`operator domain "${domain}"`);
  if (!allowed.has(operator)) throw forbidden(`operator ${operator}`);
  addTrees(lists, counts);
  return domain === '' ? operator : `${domain}.${operator}`;
}

const FORBIDDEN_KINDS: Readonly<Record<number, string>> = {
  [ATTRIBUTE.graph]: 'a sub-graph',
  [ATTRIBUTE.graphs]: 'sub-graphs',
  [ATTRIBUTE.sparseTensor]: 'a sparse tensor',
  [ATTRIBUTE.sparseTensors]: 'sparse tensors',
  [ATTRIBUTE.refAttrName]: 'a function reference',
};

function inspectAttribute(bytes: Uint8Array, lists: FoundLists, maxTreeNodes: number): void {
  let name = '';
  const integers: Field[] = [];
  const texts: Field[] = [];
  for (const field of readFields(bytes)) {
    const kind = FORBIDDEN_KINDS[field.number];
    if (kind !== undefined) throw forbidden(kind);
    if (field.number === ATTRIBUTE.name) name = field.text();
    else if (field.number === ATTRIBUTE.tensor || field.number === ATTRIBUTE.tensors)
      rejectExternalTensor(field.bytes());
    else if (field.number === ATTRIBUTE.ints) integers.push(field);
    else if (field.number === ATTRIBUTE.strings) texts.push(field);
  }
  if (Object.hasOwn(TREE_LISTS, name)) {
    lists[TREE_LISTS[name as keyof typeof TREE_LISTS]] = valuesOf(integers, maxTreeNodes);
  } else if (name === TREE_MODES) {
    if (texts.length > maxTreeNodes) throw tooManyNodes(maxTreeNodes);
    lists.modes = texts.map(modeOf);
  }
}

/** Of the modes only the leaf matters here; the runtime refuses unknown ones. */
function modeOf(field: Field): string {
  return field.length === LEAF.length ? field.text() : 'BRANCH';
}

/** Stops at the limit: a file of 64 MiB may hold 60 million numbers. */
function valuesOf(fields: readonly Field[], limit: number): readonly number[] {
  const values: number[] = [];
  for (const field of fields) {
    for (const value of field.integers()) {
      if (values.length === limit) throw tooManyNodes(limit);
      values.push(value);
    }
  }
  return values;
}

function addTrees(found: FoundLists, counts: TreeCounts): void {
  if (Object.keys(found).length === 0) return;
  const lists: TreeLists = { treeIds: [], nodeIds: [], featureIds: [], trueIds: [], falseIds: [], modes: [], ...found };
  checkTreeShape(lists);
  counts.treeNodes += lists.treeIds.length;
  counts.trees += new Set(lists.treeIds).size;
}

function tooManyNodes(limit: number): Error {
  return invalidInput(`the ONNX file has more than ${limit} tree nodes`, { code: 'ONNX_TOO_LARGE' });
}

/** @throws AppError invalid_input if the tensor's data are outside the file. */
export function rejectExternalTensor(bytes: Uint8Array): void {
  for (const field of readFields(bytes)) {
    const isExternal =
      field.number === TENSOR.externalData || (field.number === TENSOR.dataLocation && field.integer() !== 0);
    if (isExternal) throw forbidden('external data');
  }
}

function forbidden(what: string): Error {
  return invalidInput(`the ONNX file holds ${what}, which is not allowed`, { code: 'ONNX_FORBIDDEN' });
}
