export type { Drift } from './drift.js';
export type { SimulatorSettings } from './settings.js';
export { type SimulatedDay, TransactionSimulator } from './simulator.js';
export { FRAUD_SCENARIOS, type FraudScenario, type SimulatedTransaction } from './transaction.js';
