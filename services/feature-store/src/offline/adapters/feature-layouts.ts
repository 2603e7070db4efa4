import { defined } from '@fraudflow/core';
import type pg from 'pg';
import { OFFLINE_SCHEMA as S } from './offline-schema.js';

/**
 * Registry of feature layouts. A layout is the list of feature names of a stored vector; each row refers to its layout
 * by number, so that old rows stay readable when features are added.
 */
export class FeatureLayouts {
  private readonly names = new Map<number, readonly string[]>();
  private readonly ids = new Map<string, number>();

  constructor(private readonly pool: Pick<pg.Pool, 'query'>) {}

  /** The number of a layout; a new layout is inserted. */
  async idOf(names: readonly string[]): Promise<number> {
    const key = names.join('\n');
    const known = this.ids.get(key);
    if (known !== undefined) return known;
    // Selects first, because an INSERT consumes a number even on a conflict, and a smallint has only 32,767.
    const layout = (await this.find(names)) ?? (await this.add(names));
    this.ids.set(key, layout);
    return layout;
  }

  private async find(names: readonly string[]): Promise<number | undefined> {
    const select = `SELECT layout FROM ${S}.feature_layouts WHERE names = $1`;
    return (await this.pool.query<{ layout: number }>(select, [names])).rows[0]?.layout;
  }

  /** Tolerates a concurrent insert by another worker. */
  private async add(names: readonly string[]): Promise<number> {
    await this.pool.query(`INSERT INTO ${S}.feature_layouts (names) VALUES ($1) ON CONFLICT (names) DO NOTHING`, [
      names,
    ]);
    return defined(await this.find(names), 'feature layout');
  }

  /** All layouts by number. */
  async all(): Promise<ReadonlyMap<number, readonly string[]>> {
    const select = `SELECT layout, names FROM ${S}.feature_layouts`;
    const { rows } = await this.pool.query<{ layout: number; names: string[] }>(select);
    for (const { layout, names } of rows) this.names.set(layout, names);
    return this.names;
  }
}

/** Values that a backfill has computed in addition to the stored ones. */
export interface FilledValues {
  /** Table that holds them. */
  readonly table: string;
  readonly names: readonly string[];
}

/** Maps the stored vectors of each layout to the wanted features. */
export class LayoutProjection {
  private readonly slots: ReadonlyMap<number, Int32Array>;
  private readonly filledSlots: Int32Array;

  /** @param filled backfilled values, used for features that a row lacks */
  constructor(
    layouts: ReadonlyMap<number, readonly string[]>,
    readonly wanted: readonly string[],
    readonly filled?: FilledValues,
  ) {
    const slotsIn = (names: readonly string[]): Int32Array => Int32Array.from(wanted, (name) => names.indexOf(name));
    this.slots = new Map([...layouts].map(([layout, names]) => [layout, slotsIn(names)]));
    this.filledSlots = slotsIn(filled?.names ?? []);
  }

  /** Layouts whose rows lack a wanted feature. */
  get lacking(): readonly number[] {
    return [...this.slots].filter(([, slots]) => slots.includes(-1)).map(([layout]) => layout);
  }

  /** Wanted features that rows of some layout lack. */
  get lackingNames(): readonly string[] {
    const { wanted } = this;
    return wanted.filter((_name, i) => [...this.slots.values()].some((slots) => slots[i] === -1));
  }

  /**
   * Writes the wanted features of a stored row into `out`; NaN for a feature that the row lacks.
   * @param filled values that a backfill has computed for the row
   * @throws AppError assertion_failed for a layout that was added after this projection was created
   */
  project(layout: number, stored: Float64Array, filled: Float64Array | undefined, out: Float64Array): void {
    const slots = defined(this.slots.get(layout), `feature layout ${layout}`);
    for (let i = 0; i < slots.length; i++) {
      const slot = slots[i] as number;
      const value = slot >= 0 ? stored[slot] : filled?.[this.filledSlots[i] as number];
      out[i] = value ?? Number.NaN;
    }
  }
}
