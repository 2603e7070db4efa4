import fc from 'fast-check';
import { AppError } from '@fraudflow/core';
import { expect, test } from 'vitest';
import { checkTreeShape, MAX_TREE_DEPTH, type TreeLists } from './tree-shape.js';

/** Nodes as [tree, id, true child, false child]; without children a leaf. */
function lists(...nodes: readonly (readonly [number, number, number?, number?])[]): TreeLists {
  return {
    treeIds: nodes.map(([tree]) => tree),
    nodeIds: nodes.map(([, id]) => id),
    featureIds: nodes.map(() => 0),
    trueIds: nodes.map(([, , child]) => child ?? 0),
    falseIds: nodes.map(([, , , child]) => child ?? 0),
    modes: nodes.map(([, , child]) => (child === undefined ? 'LEAF' : 'BRANCH_LT')),
  };
}

const STUMP = [
  [0, 0, 1, 2],
  [0, 1],
  [0, 2],
] as const;

/** A chain: each level has a leaf and the next node. */
function aChain(depth: number): TreeLists {
  const nodes = Array.from({ length: depth }, (_, level): [number, number, number, number][] => [
    [0, 2 * level, 2 * level + 1, 2 * level + 2],
  ]).flat();
  const leaves = Array.from({ length: depth }, (_, level): [number, number] => [0, 2 * level + 1]);
  return lists(...nodes, ...leaves, [0, 2 * depth]);
}

test('trees are accepted, in any order of their nodes and with single leaves', () => {
  expect(() => checkTreeShape(lists(...STUMP))).not.toThrow();
  expect(() => checkTreeShape(lists([3, 7], ...[...STUMP].reverse()))).not.toThrow();
  expect(() => checkTreeShape(aChain(MAX_TREE_DEPTH))).not.toThrow();
});

test.each<[string, TreeLists, RegExp]>([
  [
    'a cycle of two behind the root',
    lists([0, 0, 1, 4], [0, 1, 5, 2], [0, 2, 1, 6], [0, 4], [0, 5], [0, 6]),
    /two parents/,
  ],
  ['a cycle outside of the tree', lists(...STUMP, [0, 3, 4, 5], [0, 4, 3, 6], [0, 5], [0, 6]), /belong to no tree/],
  ['a cycle through the root', lists([0, 0, 1, 2], [0, 1, 0, 3], [0, 2], [0, 3]), /belong to no tree/],
  ['a node that is its own child', lists([0, 0, 0, 1], [0, 1]), /belong to no tree/],
  ['a child that does not exist', lists([0, 0, 1, 9], [0, 1]), /child 9/],
  ['a child in another tree', lists([0, 0, 1, 2], [0, 1], [1, 2]), /child 2/],
  ['two nodes of one id', lists(...STUMP, [0, 1]), /two nodes 1/],
  ['two roots', lists(...STUMP, [0, 9]), /two roots/],
  ['a negative id', lists([0, -1]), /out of range/],
  ['lists of unequal length', { ...lists(...STUMP), featureIds: [0] }, /featureIds has 1 values for 3 nodes/],
  ['a tree that is too deep', aChain(MAX_TREE_DEPTH + 1), /deeper than/],
])('%s is refused', (_, trees, message) => {
  expect(() => checkTreeShape(trees)).toThrow(message);
});

test('any lists are accepted or rejected in finite time', () => {
  const id = fc.integer({ min: -1, max: 6 });
  const node = fc.tuple(fc.integer({ min: 0, max: 1 }), id, id, id);
  fc.assert(
    fc.property(fc.array(node, { maxLength: 8 }), (nodes) => {
      try {
        checkTreeShape(lists(...nodes));
      } catch (error) {
        expect(error).toBeInstanceOf(AppError);
      }
    }),
    { seed: 7, numRuns: 3_000 },
  );
});
