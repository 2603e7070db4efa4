import { createHash } from 'node:crypto';
import { endianness } from 'node:os';
import { assert, invalidInput } from '@fraudflow/core';

/** A training set with every field that distinguishes it from another one. */
export interface DigestedData {
  /** Feature service with its version, as in the model's metadata. */
  readonly featureService: string;
  readonly featureNames: readonly string[];
  /** Event time [fromMs, toMs), Unix epoch milliseconds. */
  readonly range: { readonly fromMs: number; readonly toMs: number };
  /** One id a row; the caller sorts rows by event time and id, so that the digest does not depend on arrival order. */
  readonly transactionIds: readonly string[];
  /** Row-major, `featureNames.length` values a row. */
  readonly features: Float32Array;
  /** 1 fraud, 0 genuine. */
  readonly labels: Float32Array;
}

/**
 * sha256 (64 hex digits) over a training set: equal digests mean equal rows, columns, range and feature version.
 * Canonical bytes: one line of JSON for the head, the ids as a JSON list, then features and labels as little-endian
 * float32, where every NaN is 0x7fc00000 and -0 is 0.
 * @returns 64 hexadecimal digits.
 * @throws AppError invalid_input if the lengths disagree.
 */
export function dataDigest(data: DigestedData): string {
  const rows = data.labels.length;
  if (data.transactionIds.length !== rows || data.features.length !== rows * data.featureNames.length) {
    throw invalidInput(
      `${rows} labels do not fit ${data.transactionIds.length} ids and ${data.features.length} feature values`,
    );
  }
  const head = [1, data.featureService, data.featureNames, data.range.fromMs, data.range.toMs, rows];
  return createHash('sha256')
    .update(`${JSON.stringify(head)}\n${JSON.stringify(data.transactionIds)}\n`)
    .update(canonicalBytes(data.features))
    .update(canonicalBytes(data.labels))
    .digest('hex');
}

function canonicalBytes(values: Float32Array): Uint8Array {
  assert(endianness() === 'LE', 'the digest is defined for little-endian bytes');
  // Adding 0 turns -0 into 0; writing NaN into a Float32Array may keep any payload, so it is set explicitly.
  const canonical = values.map((value) => value + 0);
  const bits = new Uint32Array(canonical.buffer);
  canonical.forEach((value, index) => {
    if (Number.isNaN(value)) bits[index] = 0x7fc00000;
  });
  return new Uint8Array(canonical.buffer);
}
