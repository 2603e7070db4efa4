import type { Random } from './random.js';
import type { SimulatorSettings } from './settings.js';

const MAP_SIDE = 100;

export interface Customer {
  readonly id: string;
  readonly x: number;
  readonly y: number;
  readonly meanAmount: number;
  readonly amountDeviation: number;
  readonly meanTransactionsPerDay: number;
}

export interface Terminal {
  readonly id: string;
  readonly x: number;
  readonly y: number;
}

export interface Population {
  readonly customers: readonly Customer[];
  readonly terminals: readonly Terminal[];
}

/**
 * Draws customers and terminals as in the handbook: positions uniform on the map, mean amount U(5, 100) with half of it
 * as standard deviation, U(0, 4) transactions per day.
 */
export function drawPopulation(settings: SimulatorSettings, random: Random): Population {
  const customers = Array.from({ length: settings.customers }, (_, index): Customer => {
    const [x, y] = [random.between(0, MAP_SIDE), random.between(0, MAP_SIDE)];
    const meanAmount = random.between(5, 100);
    const meanTransactionsPerDay = random.between(0, 4);
    return {
      id: entityId('c', index),
      x,
      y,
      meanAmount,
      amountDeviation: meanAmount / 2,
      meanTransactionsPerDay,
    };
  });
  const terminals = Array.from({ length: settings.terminals }, (_, index): Terminal => {
    return { id: entityId('m', index), x: random.between(0, MAP_SIDE), y: random.between(0, MAP_SIDE) };
  });
  return { customers, terminals };
}

/** Per customer, the indexes of the terminals within the radius. O(customers × terminals). */
export function terminalsInReach({ customers, terminals }: Population, radius: number): readonly Uint32Array[] {
  const xs = Float64Array.from(terminals, (terminal) => terminal.x);
  const ys = Float64Array.from(terminals, (terminal) => terminal.y);
  const found = new Uint32Array(terminals.length);
  return customers.map(({ x, y }) => {
    let count = 0;
    for (let index = 0; index < xs.length; index++) {
      const dx = (xs[index] ?? 0) - x;
      const dy = (ys[index] ?? 0) - y;
      if (dx * dx + dy * dy < radius * radius) found[count++] = index;
    }
    return found.slice(0, count);
  });
}

function entityId(prefix: string, index: number): string {
  return prefix + String(index).padStart(5, '0');
}
