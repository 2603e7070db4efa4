import type { HandbookRow } from '@fraudflow/bench';
import { BASE_CURRENCY_DECIMALS, invalidInput, labelSourceRank, toMinorUnits } from '@fraudflow/core';
import {
  type ApplyOutcome,
  type FeatureServiceDefinition,
  idHash,
  planVector,
  PointInTimeEngine,
} from '@fraudflow/features';

const CHARGEBACK = labelSourceRank('chargeback');

/**
 * The feature computation of the stream, fed with the rows of a file in file order. A fraud's label is applied together
 * with its transaction, as a replay does, and counts from the time at which it becomes known.
 */
export class FeatureStream {
  /** Features of the row last taken, in the order of the service; NaN = missing. Reused by the next call. */
  readonly vector: Float64Array;
  readonly #engine: PointInTimeEngine;

  /** @param labelDelayMs age at which the label of a fraud becomes known */
  constructor(
    service: FeatureServiceDefinition,
    private readonly labelDelayMs: number,
  ) {
    this.#engine = new PointInTimeEngine(planVector(service.features));
    this.vector = new Float64Array(service.features.length);
  }

  /**
   * Applies a row and writes its features into `vector`, except for a repeated id, which the stream drops.
   * @throws AppError invalid_input for an amount that is not in whole cents
   */
  take(row: HandbookRow): ApplyOutcome {
    const { occurredAtMs, terminalId } = row;
    const event = { idHash: idHash(row.transactionId), occurredAtMs, amountMinor: amountMinorOf(row) };
    const outcome = this.#engine.transaction(row.customerId, terminalId, event, this.vector);
    if (row.isFraud && outcome !== 'duplicate') {
      const labelledAtMs = occurredAtMs + this.labelDelayMs;
      const { idHash: hash } = event;
      const label = { idHash: hash, occurredAtMs, isFraud: true, labelledAtMs, sourceRank: CHARGEBACK };
      this.#engine.label(terminalId, label);
    }
    return outcome;
  }
}

function amountMinorOf({ transactionId, amount }: HandbookRow): number {
  const minor = toMinorUnits(amount, BASE_CURRENCY_DECIMALS);
  if (minor !== undefined) return minor;
  throw invalidInput(`transaction ${transactionId}: TX_AMOUNT ${amount} has more than two decimals`, {
    field: 'TX_AMOUNT',
  });
}
