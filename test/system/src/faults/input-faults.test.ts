import { describeInputFaults } from './input-faults.scenario.js';

// About 20,000 transactions; `input-faults.full.test.ts` runs the same with more than 200,000.
describeInputFaults({ days: 40, customers: 260, terminals: 400, limitMs: 180_000 });
