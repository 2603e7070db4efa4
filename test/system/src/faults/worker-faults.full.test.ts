import { describeWorkerFaults } from './worker-faults.scenario.js';

// More than 200,000 transactions.
describeWorkerFaults({
  days: 60,
  customers: 1_800,
  terminals: 2_500,
  kills: 50,
  freezes: 10,
  storms: 12,
  limitMs: 1_800_000,
});
