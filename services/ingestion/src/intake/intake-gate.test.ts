import { expect, test } from 'vitest';
import { IntakeGate } from './intake-gate.js';

interface Deferred {
  readonly promise: Promise<void>;
  resolve(): void;
  reject(reason: Error): void;
}

function deferred(): Deferred {
  let settle: Omit<Deferred, 'promise'> | undefined;
  const promise = new Promise<void>((resolve, reject) => (settle = { resolve, reject }));
  return { promise, resolve: () => settle?.resolve(), reject: (reason) => settle?.reject(reason) };
}

const LIMITS = { maxCalls: 2, maxBytes: 100, timeoutMs: 60_000 };
const withCode = (code: string): Error => expect.objectContaining({ code }) as Error;

test('calls above the limits are refused before any work is done, and accepted when there is capacity again', async () => {
  const gate = new IntakeGate(LIMITS);
  const first = deferred();
  const running = gate.pass(60, () => first.promise);
  let worked = 0;
  const work = async (): Promise<void> => void worked++;

  await expect(gate.pass(41, work)).rejects.toThrow(withCode('INTAKE_OVERLOADED'));
  const second = gate.pass(40, () => first.promise);
  await expect(gate.pass(0, work)).rejects.toThrow(withCode('INTAKE_OVERLOADED'));
  expect(worked).toBe(0);
  first.resolve();
  await Promise.all([running, second]);
  await gate.pass(1_000, work);

  expect(worked).toBe(1);
});

test('a call waits at most until its deadline, and occupies its capacity until the work is done', async () => {
  const gate = new IntakeGate({ ...LIMITS, maxCalls: 1 });
  const slow = deferred();

  await expect(gate.pass(1, () => slow.promise, 0)).rejects.toThrow(withCode('INTAKE_TIMEOUT'));
  await expect(gate.pass(1, async () => undefined)).rejects.toThrow(withCode('INTAKE_OVERLOADED'));
  slow.reject(new Error('too late'));
  await expect.poll(() => gate.pass(1, async () => undefined).then(() => 'passed')).toBe('passed');
});

test('an error of the work is passed to the caller', async () => {
  await expect(new IntakeGate(LIMITS).pass(1, () => Promise.reject(new Error('no broker')))).rejects.toThrow(
    'no broker',
  );
});
