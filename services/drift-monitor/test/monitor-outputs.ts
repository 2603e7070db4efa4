import type { DriftVerdictEvent, RetrainingRequested } from '@fraudflow/contracts';
import type { MonitorOutput } from '../src/deciding/monitor-output.js';

export const verdictsIn = (outputs: readonly MonitorOutput[]): DriftVerdictEvent[] =>
  outputs.flatMap((output) => (output.kind === 'verdict' ? [output.event] : []));

export const requestsIn = (outputs: readonly MonitorOutput[]): RetrainingRequested[] =>
  outputs.flatMap((output) => (output.kind === 'retraining' ? [output.event] : []));
