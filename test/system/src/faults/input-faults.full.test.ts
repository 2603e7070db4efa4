import { describeInputFaults } from './input-faults.scenario.js';

// More than 200,000 transactions.
describeInputFaults({ days: 60, customers: 1_800, terminals: 2_500, limitMs: 1_200_000 });
