import { describeWorkerFaults } from './worker-faults.scenario.js';

// About 20,000 transactions; `worker-faults.full.test.ts` runs the same with more than 200,000.
describeWorkerFaults({
  days: 40,
  customers: 260,
  terminals: 400,
  kills: 3,
  freezes: 1,
  storms: 2,
  limitMs: 180_000,
});
