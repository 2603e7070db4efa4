import { decimalsOf, roundToMinorUnits } from '@fraudflow/core';
import type { TrafficItem } from '../traffic/traffic-source.js';
import type { PredictInput } from './predict-protocol.js';

/** The simulated amounts are in euros. */
const DECIMALS = decimalsOf('EUR');

/** A simulated transaction as the input of a Predict call. */
export function predictInput({ transaction, atMs }: TrafficItem): PredictInput {
  return {
    transactionId: transaction?.transactionId ?? '',
    occurredAtMs: atMs,
    customerId: transaction?.customerId ?? '',
    terminalId: transaction?.terminalId ?? '',
    amountMinor: roundToMinorUnits(transaction?.amount ?? 0, DECIMALS),
  };
}
