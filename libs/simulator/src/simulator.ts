import { DAY_MS, defined, roundToMinorUnits, toMajorUnits } from '@fraudflow/core';
import { Compromises } from './compromises.js';
import { type Behaviour, behaviourOn, checkDrift, type Drift } from './drift.js';
import { type Customer, drawPopulation, type Population, terminalsInReach } from './population.js';
import { createRandom, type Random } from './random.js';
import { type SimulatorSettings, simulatorSettings } from './settings.js';
import { FRAUD_SCENARIOS, type FraudScenario, type SimulatedTransaction } from './transaction.js';

const DAY_SECONDS = 86_400;
const AMOUNT_DECIMALS = 2;
const HIGH_AMOUNT = 220;
const TERMINAL_COMPROMISED_DAYS = 28;
const CARD_LEAKED_DAYS = 14;
const LEAKED_SHARE = 1 / 3;
const LEAKED_FACTOR = 5;
const TESTS_PER_CARD = { least: 6, spread: 7 } as const;
const TEST_AMOUNT = { low: 0.5, high: 4 } as const;
const TEST_BURST_SECONDS = 3_600;

/** All transactions of one simulated day. */
export interface SimulatedDay {
  /** 0 is the first. */
  readonly day: number;
  /** Midnight UTC, ms since the epoch. */
  readonly startAtMs: number;
  /** In time order. */
  readonly transactions: readonly SimulatedTransaction[];
}

interface Draft {
  readonly second: number;
  readonly customer: number;
  readonly terminal: number;
  readonly amount: number;
  readonly scenario: FraudScenario;
}

/**
 * Card transactions by the published method of the Fraud Detection Handbook (chapter 3), day by day and in time order,
 * with optional drifts. The same settings and drifts give the same transactions. A drift does not change earlier days.
 * One difference: a leaked card's frauds are drawn one by one with probability ⅓, not as a third of a known total.
 */
export class TransactionSimulator {
  readonly settings: SimulatorSettings;
  private readonly random: Random;
  private readonly population: Population;
  private readonly badTerminals: Compromises;
  private readonly leakedCards: Compromises;
  private readonly drifts: Drift[] = [];
  private reach: { readonly radius: number; readonly terminals: readonly Uint32Array[] };
  private day = 0;
  private produced = 0;

  /** @throws AppError invalid_input that names the invalid setting */
  constructor(settings: Partial<SimulatorSettings> = {}) {
    this.settings = simulatorSettings(settings);
    this.random = createRandom(this.settings.seed);
    this.population = drawPopulation(this.settings, this.random);
    this.badTerminals = new Compromises(this.settings.terminals, TERMINAL_COMPROMISED_DAYS);
    this.leakedCards = new Compromises(this.settings.customers, CARD_LEAKED_DAYS);
    const { radius } = this.settings;
    this.reach = { radius, terminals: terminalsInReach(this.population, radius) };
  }

  /** The day that the next call of `nextDay` simulates. */
  get upcomingDay(): number {
    return this.day;
  }

  /** @throws AppError invalid_input if the drift begins on a day already simulated. */
  schedule(drift: Drift): void {
    checkDrift(drift, this.day);
    this.drifts.push(drift);
  }

  nextDay(): SimulatedDay {
    const day = this.day++;
    const behaviour = behaviourOn(day, this.settings.radius, this.drifts);
    this.beginDay(day, behaviour);
    const drafts = this.population.customers.flatMap((customer, index) => this.ordinaryDay(customer, index, behaviour));
    drafts.push(...this.cardTests(behaviour));
    // Array sort is stable, so drafts of the same second keep the order they were drawn in.
    drafts.sort((one, other) => one.second - other.second);
    const startAtMs = this.settings.startAtMs + day * DAY_MS;
    return { day, startAtMs, transactions: drafts.map((draft) => this.transactionOf(draft, startAtMs)) };
  }

  private beginDay(day: number, { fraudRateFactor, radius }: Behaviour): void {
    if (radius !== this.reach.radius) this.reach = { radius, terminals: terminalsInReach(this.population, radius) };
    const { compromisedTerminalsPerDay, leakedCustomersPerDay } = this.settings;
    this.badTerminals.beginDay(day, compromisedTerminalsPerDay * fraudRateFactor, this.random);
    this.leakedCards.beginDay(day, leakedCustomersPerDay * fraudRateFactor, this.random);
  }

  private ordinaryDay(customer: Customer, index: number, behaviour: Behaviour): Draft[] {
    const { random } = this;
    const inReach = defined(this.reach.terminals[index], 'reach of a customer');
    const drafts: Draft[] = [];
    for (let left = random.poisson(customer.meanTransactionsPerDay); left > 0; left--) {
      const time = Math.trunc(random.normal(DAY_SECONDS / 2, 20_000));
      if (time <= 0 || time >= DAY_SECONDS) continue;
      const ordinaryAmount = this.amountFor(customer) * behaviour.spendingFactor;
      if (inReach.length === 0) continue;
      const terminal = defined(inReach[random.below(inReach.length)], 'terminal in reach');
      const { amount, scenario } = this.judged(ordinaryAmount, index, terminal, behaviour);
      drafts.push({ second: shifted(time, behaviour.shiftSeconds), customer: index, terminal, amount, scenario });
    }
    return drafts;
  }

  private amountFor({ meanAmount, amountDeviation }: Customer): number {
    const amount = this.random.normal(meanAmount, amountDeviation);
    return amount < 0 ? this.random.between(0, 2 * meanAmount) : amount;
  }

  /** Later scenarios overwrite earlier ones, as in the book. */
  private judged(amount: number, customer: number, terminal: number, behaviour: Behaviour) {
    if (this.leakedCards.has(customer) && this.random.uniform() < LEAKED_SHARE) {
      return { amount: amount * LEAKED_FACTOR, scenario: FRAUD_SCENARIOS.leakedCard };
    }
    if (this.badTerminals.has(terminal)) return { amount, scenario: FRAUD_SCENARIOS.compromisedTerminal };
    const isHigh = amount > HIGH_AMOUNT * behaviour.spendingFactor;
    return { amount, scenario: isHigh ? FRAUD_SCENARIOS.highAmount : FRAUD_SCENARIOS.none };
  }

  private cardTests({ testedCardsPerDay }: Behaviour): Draft[] {
    const { random } = this;
    const drafts: Draft[] = [];
    for (let cards = random.poisson(testedCardsPerDay); cards > 0; cards--) {
      const customer = random.below(this.settings.customers);
      const firstSecond = random.below(DAY_SECONDS - TEST_BURST_SECONDS);
      for (let left = TESTS_PER_CARD.least + random.below(TESTS_PER_CARD.spread); left > 0; left--) {
        drafts.push({
          second: firstSecond + random.below(TEST_BURST_SECONDS),
          customer,
          terminal: random.below(this.settings.terminals),
          amount: random.between(TEST_AMOUNT.low, TEST_AMOUNT.high),
          scenario: FRAUD_SCENARIOS.cardTesting,
        });
      }
    }
    return drafts;
  }

  private transactionOf(draft: Draft, dayStartMs: number): SimulatedTransaction {
    return {
      transactionId: 't' + String(this.produced++).padStart(7, '0'),
      occurredAtMs: dayStartMs + draft.second * 1_000,
      customerId: defined(this.population.customers[draft.customer], 'customer').id,
      terminalId: defined(this.population.terminals[draft.terminal], 'terminal').id,
      amount: Math.max(0.01, toMajorUnits(roundToMinorUnits(draft.amount, AMOUNT_DECIMALS), AMOUNT_DECIMALS)),
      isFraud: draft.scenario !== FRAUD_SCENARIOS.none,
      scenario: draft.scenario,
    };
  }
}

function shifted(second: number, by: number): number {
  return (((second + by) % DAY_SECONDS) + DAY_SECONDS) % DAY_SECONDS;
}
