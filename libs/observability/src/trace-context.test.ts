import { expect, test } from 'vitest';
import { currentTraceparent, newTraceparent, traceIdOf, withTrace } from './trace-context.js';

test('work runs within the given trace', () => {
  const traceparent = newTraceparent();

  expect(withTrace(traceparent, currentTraceparent)).toBe(traceparent);
});

test('a malformed traceparent is replaced by a new trace', () => {
  const inside = withTrace('garbage', currentTraceparent);

  expect(traceIdOf('garbage')).toBeUndefined();
  expect(traceIdOf(inside)).toMatch(/^[0-9a-f]{32}$/);
});
