import { failedPrecondition, invalidInput } from '@fraudflow/core';
import type { ReferenceProfile } from '../profile/reference-profile.js';
import { WindowCounts, type WindowCountsJson } from './window-counts.js';

/** Shape of the windows. */
export interface WindowOptions {
  /** Length of a tumbling window in event time; windows start at multiples of it since the epoch. */
  readonly sizeMs: number;
  /** Maximum number of rows kept per window for exact KS. Default 2000. */
  readonly sampleRows?: number;
  /**
   * Maximum number of open windows. Above it the latest window is dropped and its rows count as refused, so that rows
   * far in the future never displace current rows. Default 64.
   */
  readonly maxOpenWindows?: number;
}

/** Outcome of adding a row: `late` rows belong to a closed window, `refused` rows would open too many windows. */
export type RowFate = 'counted' | 'late' | 'refused';

/** Stored form of {@link WindowAccumulator}: a checkpoint. */
export interface WindowAccumulatorJson {
  readonly format: typeof ACCUMULATOR_FORMAT;
  readonly model: string;
  readonly version: string;
  readonly sizeMs: number;
  readonly closedUpToMs: number | null;
  readonly lateRows: number;
  readonly refusedRows: number;
  readonly windows: readonly WindowCountsJson[];
}

const ACCUMULATOR_FORMAT = 'fraudflow.window-accumulator/1';

/**
 * Aggregates scored rows of one model version in tumbling event-time windows.
 *
 * The order of rows does not matter until a window closes; a closed window is never reopened. Memory: counters plus at
 * most twice `sampleRows` rows for each open window. It has no clock: the caller passes the watermark.
 */
export class WindowAccumulator {
  readonly #windows = new Map<number, WindowCounts>();
  readonly #sampleRows: number;
  readonly #maxOpenWindows: number;
  #closedUpToMs = -Infinity;
  #lateRows = 0;
  #refusedRows = 0;

  /** @throws AppError invalid_input for sizes that are not whole and positive. */
  constructor(
    readonly profile: ReferenceProfile,
    readonly options: WindowOptions,
  ) {
    this.#sampleRows = options.sampleRows ?? 2000;
    this.#maxOpenWindows = options.maxOpenWindows ?? 64;
    for (const size of [options.sizeMs, this.#sampleRows, this.#maxOpenWindows]) {
      if (!Number.isInteger(size) || size < 1)
        throw invalidInput(`window size ${size} must be a whole positive number`);
    }
  }

  get lateRows(): number {
    return this.#lateRows;
  }

  get refusedRows(): number {
    return this.#refusedRows;
  }

  get openWindows(): number {
    return this.#windows.size;
  }

  /**
   * Counts one scored row. O(features · log bins).
   *
   * Values are rounded to 32-bit floats, as the reference is: a price such as 9.99 then falls into the same bin on both
   * sides.
   *
   * @param features in the profile's order, NaN for missing; not kept.
   * @throws AppError invalid_input for another number of features or an event time that is not finite.
   */
  add(features: ArrayLike<number>, score: number, eventAtMs: number): RowFate {
    const width = this.profile.features.length;
    if (features.length !== width)
      throw invalidInput(`a row has ${features.length} features, but the profile has ${width}`);
    if (!Number.isFinite(eventAtMs)) throw invalidInput('the event time must be finite', { field: 'eventAtMs' });
    const startMs = Math.floor(eventAtMs / this.options.sizeMs) * this.options.sizeMs;
    if (startMs < this.#closedUpToMs) {
      this.#lateRows += 1;
      return 'late';
    }
    const window = this.#windowAt(startMs);
    if (window === undefined) {
      this.#refusedRows += 1;
      return 'refused';
    }
    const row = new Float64Array(width + 1);
    for (let i = 0; i < width; i++) row[i] = Math.fround(features[i] as number);
    row[width] = Math.fround(score);
    window.add(this.profile, row, eventAtMs);
    return 'counted';
  }

  /**
   * Closes and returns every window that ends at or before the watermark, oldest first. Windows without rows are left
   * out. A lower watermark has no effect.
   */
  closeUpTo(watermarkMs: number): WindowCounts[] {
    const limit = Math.floor(watermarkMs / this.options.sizeMs) * this.options.sizeMs;
    if (limit <= this.#closedUpToMs) return [];
    this.#closedUpToMs = limit;
    const closed = [...this.#windows.values()].filter((window) => window.endMs <= limit);
    for (const window of closed) this.#windows.delete(window.startMs);
    return closed.sort((a, b) => a.startMs - b.startMs);
  }

  /**
   * Adds the open windows and counters of another partition's accumulator, which must not be used afterwards.
   *
   * @throws AppError failed_precondition for another model version, window size, or closing progress.
   */
  merge(other: WindowAccumulator): void {
    const isSame =
      other.profile.model === this.profile.model &&
      other.profile.version === this.profile.version &&
      other.options.sizeMs === this.options.sizeMs &&
      other.#closedUpToMs === this.#closedUpToMs;
    if (!isSame)
      throw failedPrecondition('accumulators of different models, window sizes or closing progress cannot be merged');
    for (const [startMs, window] of other.#windows) {
      const own = this.#windows.get(startMs);
      if (own === undefined) this.#windows.set(startMs, window);
      else own.merge(window);
    }
    this.#lateRows += other.#lateRows;
    this.#refusedRows += other.#refusedRows;
  }

  toJson(): WindowAccumulatorJson {
    const windows = [...this.#windows.values()].sort((a, b) => a.startMs - b.startMs);
    return {
      format: ACCUMULATOR_FORMAT,
      model: this.profile.model,
      version: this.profile.version,
      sizeMs: this.options.sizeMs,
      closedUpToMs: Number.isFinite(this.#closedUpToMs) ? this.#closedUpToMs : null,
      lateRows: this.#lateRows,
      refusedRows: this.#refusedRows,
      windows: windows.map((window) => window.toJson()),
    };
  }

  /** @throws AppError failed_precondition when the checkpoint is of another format, model version or window size. */
  static fromJson(json: WindowAccumulatorJson, profile: ReferenceProfile, options: WindowOptions): WindowAccumulator {
    const isSame =
      json.format === ACCUMULATOR_FORMAT &&
      json.model === profile.model &&
      json.version === profile.version &&
      json.sizeMs === options.sizeMs;
    if (!isSame) throw failedPrecondition('the window checkpoint belongs to another format, model or window size');
    const accumulator = new WindowAccumulator(profile, options);
    accumulator.#closedUpToMs = json.closedUpToMs ?? -Infinity;
    accumulator.#lateRows = json.lateRows;
    accumulator.#refusedRows = json.refusedRows;
    for (const window of json.windows) accumulator.#windows.set(window.startMs, WindowCounts.fromJson(window));
    return accumulator;
  }

  #windowAt(startMs: number): WindowCounts | undefined {
    const existing = this.#windows.get(startMs);
    if (existing !== undefined) return existing;
    if (this.#windows.size >= this.#maxOpenWindows && !this.#dropFurthestAhead(startMs)) return undefined;
    const window = WindowCounts.empty(this.profile, startMs, startMs + this.options.sizeMs, this.#sampleRows);
    this.#windows.set(startMs, window);
    return window;
  }

  /**
   * Drops the latest window if there are too many.
   * @returns false if the window at `startMs` would be the latest itself
   */
  #dropFurthestAhead(startMs: number): boolean {
    const furthestMs = Math.max(...this.#windows.keys());
    if (startMs >= furthestMs) return false;
    this.#refusedRows += this.#windows.get(furthestMs)?.rows ?? 0;
    return this.#windows.delete(furthestMs);
  }
}
