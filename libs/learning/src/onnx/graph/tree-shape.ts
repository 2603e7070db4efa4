import { invalidInput } from '@fraudflow/core';

/** The lists of a TreeEnsembleClassifier or -Regressor that describe its nodes; one value per node. */
export interface TreeLists {
  readonly treeIds: readonly number[];
  readonly nodeIds: readonly number[];
  readonly featureIds: readonly number[];
  readonly trueIds: readonly number[];
  readonly falseIds: readonly number[];
  /** `LEAF` or `BRANCH_…`. */
  readonly modes: readonly string[];
}

/** Deepest tree that is accepted: ONNX Runtime recurses over nodes when it loads a file. */
export const MAX_TREE_DEPTH = 256;
/** Ids are kept below this, so that tree and node fit into one exact number. */
const MAX_ID = 2 ** 26;
/** Mode of a node without children. */
export const LEAF = 'LEAF';

/**
 * Checks that the lists describe trees: equal lengths, ids that exist, one root per tree, each other node the child of
 * one node, no deeper than `MAX_TREE_DEPTH`. ONNX Runtime follows the ids as they are: with a cycle it would loop
 * forever, and with an id out of range it would read beyond its memory. O(nodes).
 * @throws AppError invalid_input ONNX_MALFORMED.
 */
export function checkTreeShape(lists: TreeLists): void {
  checkLengths(lists);
  const rows = rowsById(lists);
  const [left, right] = [childRows(lists, rows, lists.trueIds), childRows(lists, rows, lists.falseIds)];
  const roots = rootsOf(lists.treeIds, left, right);
  const reached = countReached(roots, left, right);
  if (reached !== lists.treeIds.length) throw broken(`${lists.treeIds.length - reached} nodes belong to no tree`);
}

function checkLengths({ treeIds, ...others }: TreeLists): void {
  for (const [name, list] of Object.entries(others) as [string, readonly unknown[]][]) {
    if (list.length !== treeIds.length) throw broken(`${name} has ${list.length} values for ${treeIds.length} nodes`);
  }
}

/** Row of each node by tree and id. */
function rowsById({ treeIds, nodeIds, featureIds }: TreeLists): ReadonlyMap<number, number> {
  const rows = new Map<number, number>();
  for (let row = 0; row < treeIds.length; row++) {
    const [tree, node, feature] = [treeIds[row] as number, nodeIds[row] as number, featureIds[row] as number];
    for (const id of [tree, node, feature]) if (id < 0 || id >= MAX_ID) throw broken(`the id ${id} is out of range`);
    const key = keyOf(tree, node);
    if (rows.has(key)) throw broken(`tree ${tree} has two nodes ${node}`);
    rows.set(key, row);
  }
  return rows;
}

/** Row of the child of each node, −1 for leaves. */
function childRows(
  { treeIds, modes }: TreeLists,
  rows: ReadonlyMap<number, number>,
  ids: readonly number[],
): Int32Array {
  return Int32Array.from(treeIds, (tree, row) => {
    if (modes[row] === LEAF) return -1;
    const child = rows.get(keyOf(tree, ids[row] as number));
    if (child === undefined) throw broken(`a node of tree ${tree} has the child ${ids[row]}, which does not exist`);
    return child;
  });
}

/** The node of each tree that has no parent. */
function rootsOf(treeIds: readonly number[], left: Int32Array, right: Int32Array): readonly number[] {
  const parents = new Uint8Array(treeIds.length);
  for (const children of [left, right]) {
    for (const child of children)
      if (child >= 0 && ++(parents[child] as number) > 1) throw broken('a node has two parents');
  }
  const roots = new Map<number, number>();
  for (let row = 0; row < treeIds.length; row++) {
    if (parents[row] !== 0) continue;
    const tree = treeIds[row] as number;
    if (roots.has(tree)) throw broken(`tree ${tree} has two roots`);
    roots.set(tree, row);
  }
  return [...roots.values()];
}

/** Walks all trees level by level. As each node has at most one parent, none is visited twice. */
function countReached(roots: readonly number[], left: Int32Array, right: Int32Array): number {
  let level = roots;
  let reached = 0;
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > MAX_TREE_DEPTH) throw broken(`a tree is deeper than ${MAX_TREE_DEPTH} levels`);
    reached += level.length;
    const next: number[] = [];
    for (const row of level) {
      for (const child of [left[row] as number, right[row] as number]) if (child >= 0) next.push(child);
    }
    level = next;
  }
  return reached;
}

function keyOf(tree: number, node: number): number {
  return tree * MAX_ID + node;
}

function broken(what: string): Error {
  return invalidInput(`malformed ONNX file: the trees are broken: ${what}`, { code: 'ONNX_MALFORMED' });
}
