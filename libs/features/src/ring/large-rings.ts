import type { Arena } from '../memory/arena.js';
import type { EntityPlan } from '../plan/entity-plan.js';
import { IdTable } from '../memory/id-table.js';
import { OrderedChunks } from '../memory/ordered-amounts.js';
import { capacityOf, END, FIRST, LARGE_CAPACITY, orderAt, type RingLayout } from './ring-layout.js';
import type { RingRows } from './ring-rows.js';

/** State of a large ring that is kept outside its block. */
export interface LargeRing {
  readonly ids: IdTable;
  /** One entry per window with ordered amounts. */
  readonly orders: readonly OrderedChunks[];
}

/** Objects that all rings of one kind share. */
export interface RingParts {
  readonly arena: Arena;
  readonly plan: EntityPlan;
  readonly layout: RingLayout;
  readonly rows: RingRows;
}

/**
 * Id tables and ordered amounts of large rings, by the first word of the ring's block. Small rings keep both inside the
 * block.
 */
export class LargeRings {
  readonly #parts: RingParts;
  readonly #rings = new Map<number, LargeRing>();

  constructor(parts: RingParts) {
    this.#parts = parts;
  }

  get(block: number): LargeRing | undefined {
    return this.#rings.get(block);
  }

  /** Approximate number of bytes held outside of the rings' blocks. */
  get byteLength(): number {
    let bytes = 0;
    for (const { ids, orders } of this.#rings.values()) {
      bytes += ids.byteLength;
      for (const { length } of orders) bytes += Float64Array.BYTES_PER_ELEMENT * length;
    }
    return bytes;
  }

  delete(block: number): void {
    this.#rings.delete(block);
  }

  /** Rebuilds the id table of a ring whose rows were written from outside. Call it before the windows are rebuilt. */
  rebuild(block: number): void {
    if (capacityOf(this.#parts.arena.i32, block) <= LARGE_CAPACITY) return;
    this.#rings.set(block, { ids: this.#idsOf(block), orders: this.#emptyOrders() });
  }

  /** Moves the ordered amounts after the rows and header of a ring were copied from block `from` to `block`. */
  move(from: number, block: number): void {
    const { arena, layout } = this.#parts;
    const { i32, f64 } = arena;
    const large = this.#rings.get(from);
    this.#rings.delete(from);
    const capacity = capacityOf(i32, block);
    const old = capacityOf(i32, from);
    if (capacity > LARGE_CAPACITY) this.#rings.set(block, large ?? this.#enlarged(block));
    else if (large !== undefined) this.#shrink(block, large);
    else {
      for (let order = 0; order < layout.orderCount; order++) {
        const source = (from >> 1) + orderAt(layout, old, order);
        f64.copyWithin((block >> 1) + orderAt(layout, capacity, order), source, source + Math.min(old, capacity));
      }
    }
  }

  #enlarged(block: number): LargeRing {
    const { arena, plan, layout, rows } = this.#parts;
    const { i32 } = arena;
    const large = { ids: this.#idsOf(block), orders: this.#emptyOrders() };
    plan.spans.forEach(({ order, delay }, s) => {
      const stop = i32[block + (delay < 0 ? END : (layout.tailAt[delay] as number))] as number;
      const from = i32[block + (layout.headAt[s] as number)] as number;
      for (let slot = from; order >= 0 && slot < stop; slot++) large.orders[order]?.insert(rows.amountOf(block, slot));
    });
    return large;
  }

  #shrink(block: number, large: LargeRing): void {
    const { arena, layout } = this.#parts;
    const { i32, f64 } = arena;
    large.orders.slice(0, layout.orderCount).forEach((chunks, order) => {
      const at = (block >> 1) + orderAt(layout, capacityOf(i32, block), order);
      for (let rank = 0; rank < chunks.length; rank++) f64[at + rank] = chunks.at(rank);
    });
  }

  #idsOf(block: number): IdTable {
    const { arena, rows } = this.#parts;
    const { i32 } = arena;
    const ids = new IdTable();
    for (let slot = i32[block + FIRST] as number; slot < (i32[block + END] as number); slot++) {
      ids.add(rows.hiOf(block, slot), rows.loOf(block, slot));
    }
    return ids;
  }

  #emptyOrders(): readonly OrderedChunks[] {
    return Array.from({ length: this.#parts.plan.orderCount }, () => new OrderedChunks());
  }
}
