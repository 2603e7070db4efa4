import { DAY_MS } from '@fraudflow/core';
import { expect, test } from 'vitest';
import { forEachTransaction, hasHandbook, type HandbookTransaction, publishedFeatures } from '../test/handbook.js';
import { CustomerState } from './customer-state.js';
import { FEATURE_COUNT, FEATURE_NAMES } from './fraud-detection-features.js';
import { idHash } from './id-hash.js';
import { labelSourceRank } from './state-event.js';
import { TerminalState } from './terminal-state.js';
import { transactionFeatures } from './transaction-features.js';

const CHARGEBACK = labelSourceRank('chargeback');

/** Means agree with pandas' running sums of doubles only so far; all else is a count or a ratio of counts. */
function toleranceOf(name: string): number {
  if (name.includes('avg_amount')) return 1e-9;
  return name.includes('risk') ? 1e-12 : 0;
}

const TOLERANCES = FEATURE_NAMES.map(toleranceOf);

class Engine {
  readonly vector = new Float64Array(FEATURE_COUNT);
  readonly #customers = new Map<number, CustomerState>();
  readonly #terminals = new Map<number, TerminalState>();

  take(row: HandbookTransaction): void {
    const event = { idHash: idHash(row.id), occurredAtMs: row.atMs, amountMinor: row.amountMinor };
    const customer = this.#customers.get(row.customer) ?? CustomerState.empty();
    const terminal = this.#terminals.get(row.terminal) ?? TerminalState.empty();
    this.#customers.set(row.customer, customer);
    this.#terminals.set(row.terminal, terminal);
    expectApplied(customer.apply(event));
    expectApplied(terminal.apply(event));
    transactionFeatures(row.atMs, row.amountMinor, this.vector);
    customer.features(row.atMs, this.vector);
    terminal.features(row.atMs, this.vector);
    if (!row.isFraud) return;
    const labelledAtMs = row.atMs + 7 * DAY_MS;
    expectApplied(terminal.applyLabel({ ...event, isFraud: true, labelledAtMs, sourceRank: CHARGEBACK }));
  }
}

// A plain check: expect() a million times over takes longer than the run itself.
function expectApplied(outcome: string): void {
  if (outcome !== 'applied') throw new Error(`expected applied, got ${outcome}`);
}

function mismatchOf(vector: Float64Array, published: Float64Array): string | undefined {
  const wrong = published.findIndex(
    (value, i) => !(Math.abs((vector[i + 1] ?? NaN) - value) <= (TOLERANCES[i + 1] ?? 0)),
  );
  return wrong === -1 ? undefined : `${FEATURE_NAMES[wrong + 1]}: ${vector[wrong + 1]}, published ${published[wrong]}`;
}

test.skipIf(!hasHandbook())(
  'streamed in file order, all published rows have the published features (skipped without shared/data/handbook)',
  { timeout: 120_000 },
  () => {
    const published = publishedFeatures();
    const engine = new Engine();
    const mismatches: string[] = [];
    let streamed = 0;
    let compared = 0;

    forEachTransaction((row) => {
      engine.take(row);
      streamed++;
      const expected = published.get(row.id);
      if (expected === undefined) return;
      compared++;
      const mismatch = mismatchOf(engine.vector, expected);
      if (mismatch !== undefined) mismatches.push(`${row.id} ${mismatch}`);
    });

    expect(mismatches.slice(0, 10)).toEqual([]);
    expect({ streamed, compared }).toEqual({ streamed: 1_303_778, compared: 134_320 });
  },
);
