import { vi } from 'vitest';
import { describeWorkerFaults } from './worker-faults.scenario.js';

// The default number of partitions, where each partition holds few entities and each worker several partitions.
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
