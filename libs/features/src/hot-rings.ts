import type { Arena } from './arena.js';
import type { EntityPlan } from './entity-plan.js';
import { IdTable } from './id-table.js';
import { OrderedChunks } from './ordered-amounts.js';
import { capacityOf, END, FIRST, HOT_CAPACITY, orderAt, type RingLayout } from './ring-layout.js';
import type { RingRows } from './ring-rows.js';

/** What a ring of very many rows has outside its block. */
export interface HotRing {
  readonly ids: IdTable;
  /** Per window that keeps its amounts in order. */
  readonly orders: readonly OrderedChunks[];
}

/** What belongs to all rings of one kind. */
export interface RingParts {
  readonly arena: Arena;
  readonly plan: EntityPlan;
  readonly layout: RingLayout;
  readonly rows: RingRows;
}

/** What long rings have outside their blocks, by the first word of the block: ids and ordered amounts, which short ones have inside. */
export class HotRings {
  readonly #parts: RingParts;
  readonly #rings = new Map<number, HotRing>();

  constructor(parts: RingParts) {
    this.#parts = parts;
  }

  get(p: number): HotRing | undefined {
    return this.#rings.get(p);
  }

  /** Bytes held outside of the rings' blocks, about. */
  get byteLength(): number {
    let bytes = 0;
    for (const { ids, orders } of this.#rings.values()) {
      bytes += ids.byteLength;
      for (const { length } of orders) bytes += Float64Array.BYTES_PER_ELEMENT * length;
    }
    return bytes;
  }

  delete(p: number): void {
    this.#rings.delete(p);
  }

  /** To be called when a ring was filled from outside, before its windows are made. */
  rebuild(p: number): void {
    if (capacityOf(this.#parts.arena.i32, p) <= HOT_CAPACITY) return;
    this.#rings.set(p, { ids: this.#idsOf(p), orders: this.#emptyOrders() });
  }

  /** To be called when a ring's rows and header have moved from block `from` to block `p`: its ordered amounts follow. */
  move(from: number, p: number): void {
    const { arena, layout } = this.#parts;
    const { i32, f64 } = arena;
    const hot = this.#rings.get(from);
    this.#rings.delete(from);
    const capacity = capacityOf(i32, p);
    const old = capacityOf(i32, from);
    if (capacity > HOT_CAPACITY) this.#rings.set(p, hot ?? this.#heated(p));
    else if (hot !== undefined) this.#cool(p, hot);
    else {
      for (let order = 0; order < layout.orderCount; order++) {
        const source = (from >> 1) + orderAt(layout, old, order);
        f64.copyWithin((p >> 1) + orderAt(layout, capacity, order), source, source + Math.min(old, capacity));
      }
    }
  }

  #heated(p: number): HotRing {
    const { arena, plan, layout, rows } = this.#parts;
    const { i32 } = arena;
    const hot = { ids: this.#idsOf(p), orders: this.#emptyOrders() };
    plan.spans.forEach(({ order, delay }, s) => {
      const stop = i32[p + (delay < 0 ? END : (layout.tailAt[delay] as number))] as number;
      const from = i32[p + (layout.headAt[s] as number)] as number;
      for (let slot = from; order >= 0 && slot < stop; slot++) hot.orders[order]?.insert(rows.amountOf(p, slot));
    });
    return hot;
  }

  #cool(p: number, hot: HotRing): void {
    const { arena, layout } = this.#parts;
    const { i32, f64 } = arena;
    hot.orders.slice(0, layout.orderCount).forEach((chunks, order) => {
      const at = (p >> 1) + orderAt(layout, capacityOf(i32, p), order);
      for (let rank = 0; rank < chunks.length; rank++) f64[at + rank] = chunks.at(rank);
    });
  }

  #idsOf(p: number): IdTable {
    const { arena, rows } = this.#parts;
    const { i32 } = arena;
    const ids = new IdTable();
    for (let slot = i32[p + FIRST] as number; slot < (i32[p + END] as number); slot++) {
      ids.add(rows.hiOf(p, slot), rows.loOf(p, slot));
    }
    return ids;
  }

  #emptyOrders(): readonly OrderedChunks[] {
    return Array.from({ length: this.#parts.plan.orderCount }, () => new OrderedChunks());
  }
}
