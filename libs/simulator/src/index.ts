export type { Behaviour, Drift } from './drift.js';
export { HANDBOOK_COLUMNS, handbookLine } from './handbook-line.js';
export { createRandom, type Random } from './random.js';
export { HANDBOOK, type SimulatorSettings, simulatorSettings } from './settings.js';
export { type SimulatedDay, TransactionSimulator } from './simulator.js';
export { FRAUD_SCENARIOS, type FraudScenario, type SimulatedTransaction } from './transaction.js';
