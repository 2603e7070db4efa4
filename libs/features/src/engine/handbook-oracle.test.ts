import { DAY_MS, labelSourceRank } from '@fraudflow/core';
import { expect, test } from 'vitest';
import { forEachTransaction, hasHandbook, type HandbookTransaction, publishedFeatures } from '../../test/handbook.js';
import { NaiveStream } from '../../test/naive-vector.js';
import { FEATURE_NAMES, COMPUTED_FEATURE_NAMES, COMPUTED_FEATURES } from '../catalog/fraud-detection-features.js';
import { idHash } from '../plan/id-hash.js';
import { PointInTimeEngine } from './point-in-time-engine.js';
import { planVector } from '../plan/vector-plan.js';

const CHARGEBACK = labelSourceRank('chargeback');
/** One of this number of customers and terminals is also computed by the model; all of them would take hours. */
const SAMPLED = 250;

/** Means agree with pandas' running sums of doubles up to this; all other features are counts or ratios of counts. */
function toleranceOf(name: string): number {
  if (name.includes('avg_amount')) return 1e-9;
  return name.includes('risk') ? 1e-12 : 0;
}

const TOLERANCES = FEATURE_NAMES.map(toleranceOf);

class Stream {
  readonly vector = new Float64Array(COMPUTED_FEATURES.length);
  readonly #engine = new PointInTimeEngine(planVector(COMPUTED_FEATURES));

  take(row: HandbookTransaction): void {
    const event = { idHash: idHash(row.id), occurredAtMs: row.atMs, amountMinor: row.amountMinor };
    const terminal = String(row.terminal);
    expectApplied(this.#engine.transaction(String(row.customer), terminal, event, this.vector));
    if (!row.isFraud) return;
    const labelledAtMs = row.atMs + 7 * DAY_MS;
    expectApplied(this.#engine.label(terminal, { ...event, isFraud: true, labelledAtMs, sourceRank: CHARGEBACK }));
  }
}

/** The model over a sample: customer features of sampled customers, terminal features of sampled terminals. */
class Sample {
  compared = 0;
  readonly mismatches: string[] = [];
  readonly #model = new NaiveStream();

  take(row: HandbookTransaction, vector: Float64Array): void {
    const isOfCustomer = row.customer % SAMPLED === 0;
    const isOfTerminal = row.terminal % SAMPLED === 0;
    if (!isOfCustomer && !isOfTerminal) return;
    const { id, atMs, amountMinor } = row;
    const [customer, terminal] = [String(row.customer), String(row.terminal)];
    const expected = this.#model.transaction({ id, customer, terminal, atMs, amountMinor });
    COMPUTED_FEATURE_NAMES.forEach((name, slot) => {
      if (!(name.startsWith('customer') ? isOfCustomer : isOfTerminal) || name.includes('ordinary')) return;
      this.compared++;
      const wanted = expected?.get(name) ?? Number.NaN;
      if (Math.abs((vector[slot] as number) - wanted) <= 1e-9 * Math.max(1, Math.abs(wanted))) return;
      this.mismatches.push(`${id} ${name}: ${vector[slot]}, model ${wanted}`);
    });
    if (!row.isFraud || !isOfTerminal) return;
    const labelledAtMs = atMs + 7 * DAY_MS;
    this.#model.label({ id, terminal, occurredAtMs: atMs, labelledAtMs, rank: CHARGEBACK, isFraud: true });
  }
}

// A plain check, because a million calls of expect() take longer than the run.
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
  'streamed in file order, all published rows have the published features, and a sample has all of the model (skipped without shared/data/handbook)',
  { timeout: 240_000 },
  () => {
    const published = publishedFeatures();
    const stream = new Stream();
    const sample = new Sample();
    const mismatches: string[] = [];
    let streamed = 0;
    let compared = 0;

    forEachTransaction((row) => {
      stream.take(row);
      sample.take(row, stream.vector);
      streamed++;
      const expected = published.get(row.id);
      if (expected === undefined) return;
      compared++;
      const mismatch = mismatchOf(stream.vector, expected);
      if (mismatch !== undefined) mismatches.push(`${row.id} ${mismatch}`);
    });

    expect(mismatches.slice(0, 10)).toEqual([]);
    expect({ streamed, compared }).toEqual({ streamed: 1_303_778, compared: 134_320 });
    expect(sample.mismatches.slice(0, 10)).toEqual([]);
    expect(sample.compared).toBeGreaterThan(100_000);
  },
);
