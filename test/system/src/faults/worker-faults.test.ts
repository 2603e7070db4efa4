import { describeWorkerFaults } from './worker-faults.scenario.js';

// About 20,000 transactions of more entities than the caches hold; `worker-faults.full.test.ts` runs the same with more
// than 200,000.
describeWorkerFaults({
  days: 15,
  customers: 700,
  terminals: 900,
  kills: 3,
  freezes: 1,
  storms: 2,
  limitMs: 180_000,
});
