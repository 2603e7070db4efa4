import { DAY_MS } from '@fraudflow/core';
import { STATE_REACH_MS } from '@fraudflow/features';
import { describe, expect, test } from 'vitest';
import { differingKeys, type StoredState } from './stage-states.js';

const NOW_MS = Date.UTC(2025, 5, 1);
const EXPIRED_MS = NOW_MS - STATE_REACH_MS - DAY_MS;

function state(key: string, digest: string, lastEventMs: number): [string, StoredState] {
  return [key, { owner: key, digest, lastEventMs }];
}

function segment(owner: string, digest: string): [string, StoredState] {
  return [`${owner}#0`, { owner, digest }];
}

describe('states before and after a rebuild', () => {
  const before = new Map([state('a', 'one', NOW_MS), state('b', 'two', NOW_MS), segment('b', 'three')]);

  test('do not differ if all exist with the same bytes', () => {
    expect(differingKeys(before, new Map(before))).toEqual([]);
  });

  test('differ in a state or a segment of other bytes', () => {
    const after = new Map([...before, state('a', 'other', NOW_MS), segment('b', 'other')]);

    expect(differingKeys(before, after)).toEqual(['a', 'b#0']);
  });

  test('differ in a state that only one has', () => {
    const after = new Map([...before, state('c', 'more', NOW_MS), segment('c', 'more')]);

    expect(differingKeys(before, after)).toEqual(['c', 'c#0']);
    expect(differingKeys(after, before)).toEqual(['c', 'c#0']);
  });

  test('do not differ in an expired state that only one still has', () => {
    const after = new Map([...before, state('c', 'old', EXPIRED_MS), segment('c', 'old')]);

    expect(differingKeys(before, after)).toEqual([]);
    expect(differingKeys(after, before)).toEqual([]);
  });
});
