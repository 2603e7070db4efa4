import { defined } from '@fraudflow/core';
import type pg from 'pg';
import { OFFLINE_SCHEMA as S } from './offline-schema.js';

/** Lists of features that rows were stored with: a row says which list its values follow, so that old rows stay readable when features come. */
export class FeatureLayouts {
  private readonly names = new Map<number, readonly string[]>();
  private readonly ids = new Map<string, number>();

  constructor(private readonly pool: Pick<pg.Pool, 'query'>) {}

  /** The number of a list of names; a list never seen gets one. */
  async idOf(names: readonly string[]): Promise<number> {
    const key = names.join('\n');
    const known = this.ids.get(key);
    if (known !== undefined) return known;
    // Looked for first: an INSERT takes a number even if it inserts nothing, and a smallint has 32,767.
    const layout = (await this.find(names)) ?? (await this.add(names));
    this.ids.set(key, layout);
    return layout;
  }

  private async find(names: readonly string[]): Promise<number | undefined> {
    const select = `SELECT layout FROM ${S}.feature_layouts WHERE names = $1`;
    return (await this.pool.query<{ layout: number }>(select, [names])).rows[0]?.layout;
  }

  /** Another worker may add it at the same moment. */
  private async add(names: readonly string[]): Promise<number> {
    await this.pool.query(`INSERT INTO ${S}.feature_layouts (names) VALUES ($1) ON CONFLICT (names) DO NOTHING`, [
      names,
    ]);
    return defined(await this.find(names), 'feature layout');
  }

  /** All lists by number. */
  async all(): Promise<ReadonlyMap<number, readonly string[]>> {
    const select = `SELECT layout, names FROM ${S}.feature_layouts`;
    const { rows } = await this.pool.query<{ layout: number; names: string[] }>(select);
    for (const { layout, names } of rows) this.names.set(layout, names);
    return this.names;
  }
}

/** Values a backfill has computed beside the stored ones. */
export interface FilledValues {
  /** Table they lie in. */
  readonly table: string;
  readonly names: readonly string[];
}

/** Where in a row of each layout the wanted features lie; -1 = the layout lacks it. */
export class LayoutProjection {
  private readonly slots: ReadonlyMap<number, Int32Array>;
  private readonly filledSlots: Int32Array;

  /** @param filled where to look for what a row lacks */
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
   * Writes the wanted features of a stored row into `out`; NaN where the row lacks one.
   * @param filled what a backfill has computed for the row
   * @throws AppError assertion_failed for a layout that came after this projection was made.
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
