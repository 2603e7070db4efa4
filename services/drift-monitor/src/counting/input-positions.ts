/** Inputs whose position is part of the state. */
export type MonitorInput = 'scores' | 'labels' | 'models';

/** Next offset per input and partition. */
export class InputPositions {
  readonly #next: Record<MonitorInput, (number | undefined)[]> = { scores: [], labels: [], models: [] };

  /** Next offset to read; undefined if the partition was never read. */
  of(input: MonitorInput, partition: number): number | undefined {
    return this.#next[input][partition];
  }

  /** Moves the position forward. A smaller offset is ignored. */
  moveTo(input: MonitorInput, partition: number, nextOffset: number): void {
    if (nextOffset > (this.#next[input][partition] ?? -1)) this.#next[input][partition] = nextOffset;
  }

  /** Sets the position, even to a smaller offset. */
  resetTo(input: MonitorInput, partition: number, nextOffset: number): void {
    this.#next[input][partition] = nextOffset;
  }

  /** Offsets by `<input>:<partition>`, sorted by name. */
  toJson(): Readonly<Record<string, number>> {
    const entries = Object.entries(this.#next).flatMap(([input, offsets]) =>
      offsets.flatMap((offset, partition) =>
        offset === undefined ? [] : [[`${input}:${partition}`, offset] as const],
      ),
    );
    return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  static fromJson(json: Readonly<Record<string, number>>): InputPositions {
    const positions = new InputPositions();
    for (const [name, offset] of Object.entries(json)) {
      const [input = '', partition = ''] = name.split(':');
      if (input in positions.#next) positions.#next[input as MonitorInput][Number(partition)] = offset;
    }
    return positions;
  }
}
