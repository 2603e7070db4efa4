import { describeServerFaults } from './server-faults.scenario.js';

// About 20,000 transactions; `server-faults.full.test.ts` runs the same with more than 200,000.
describeServerFaults({
  days: 40,
  customers: 260,
  terminals: 400,
  silenceMs: 15_000,
  lockMs: 5_000,
  cuts: 12,
  limitMs: 180_000,
});
