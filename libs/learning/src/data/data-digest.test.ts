import { expect, test } from 'vitest';
import { dataDigest, type DigestedData } from './data-digest.js';

function someData(over: Partial<DigestedData> = {}): DigestedData {
  return {
    featureService: 'fraud_detector:1',
    featureNames: ['amount', 'night'],
    range: { fromMs: 0, toMs: 10 },
    transactionIds: ['t1', 't2'],
    features: Float32Array.of(1, 0, NaN, 1),
    labels: Float32Array.of(0, 1),
    ...over,
  };
}

test('the digest of known data never changes', () => {
  // Computed separately, in Python: hashlib over the JSON lines and struct.pack('<f') of each value.
  expect(dataDigest(someData())).toBe('d9dfb1bd6f115627557ff47a5c4da601e9cb0309ad04f2ad2e9149b6f28f9a95');
});

test('any change of rows, columns, range or feature version changes the digest', () => {
  const variants = [
    someData({ featureService: 'fraud_detector:2' }),
    someData({ featureNames: ['amount', 'weekend'] }),
    someData({ range: { fromMs: 0, toMs: 11 } }),
    someData({ transactionIds: ['t1', 't3'] }),
    someData({ features: Float32Array.of(1, 0, 0, 1) }),
    someData({ labels: Float32Array.of(1, 0) }),
    someData(),
  ];

  expect(new Set(variants.map(dataDigest)).size).toBe(variants.length);
});

test('spellings of the same number give the same digest', () => {
  const payload = new Float32Array(Uint32Array.of(0x3f800000, 0x80000000, 0xffc00001, 0x3f800000).buffer);

  expect(dataDigest(someData({ features: payload }))).toBe(dataDigest(someData()));
});

test('lengths that disagree are refused', () => {
  expect(() => dataDigest(someData({ transactionIds: ['t1'] }))).toThrow(/do not fit/);
});
