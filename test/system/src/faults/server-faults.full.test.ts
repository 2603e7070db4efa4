import { describeServerFaults } from './server-faults.scenario.js';

// More than 200,000 transactions.
describeServerFaults({
  days: 60,
  customers: 1_800,
  terminals: 2_500,
  silenceMs: 60_000,
  lockMs: 30_000,
  cuts: 100,
  limitMs: 1_200_000,
});
