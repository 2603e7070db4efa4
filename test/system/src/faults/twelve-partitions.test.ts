import { vi } from 'vitest';
import { describeWorkerFaults } from './worker-faults.scenario.js';

// Runs with the default number of partitions: few entities per partition and several partitions per worker.
vi.mock('./partition-count.js', () => ({ PARTITIONS: 12 }));

describeWorkerFaults({
  days: 20,
  customers: 200,
  terminals: 300,
  kills: 2,
  freezes: 1,
  storms: 1,
  limitMs: 180_000,
});
