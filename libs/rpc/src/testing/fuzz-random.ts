/** Texts that often reveal mistakes in parsers and validators. */
const ODD_TEXTS = [
  '',
  ' ',
  'é',
  '\u0000',
  '\n\r\t',
  '\u202e\u200b\ufeff',
  '\u{1f600}\u{1f468}\u200d\u{1f469}',
  '１２３４',
  "'; drop table x; --",
  '../../../../etc/passwd',
  '%00%zz%2e%2e',
  '__proto__',
  'constructor',
  '${7*7}{{7*7}}',
  '4111 1111 1111 1111',
  '1'.repeat(400),
  'x'.repeat(5_000),
  'é'.repeat(2_000),
  '1 '.repeat(3_000),
  '"\\'.repeat(500),
  '9007199254740993',
  '-0',
  'NaN',
  '2026-02-30T25:61:61Z',
  '+275760-09-13T00:00:00.001Z',
] as const;

const ODD_NUMBERS = [
  0,
  -0,
  1,
  -1,
  0.1,
  1e-320,
  1e39,
  1e308,
  2 ** 31,
  2 ** 32,
  2 ** 53,
  2 ** 63,
  -(2 ** 63),
  253_402_300_800_000,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
] as const;

/** Seeded random choices: the same seed gives the same calls. */
export class FuzzRandom {
  private state: number;

  constructor(seed: number) {
    this.state = seed >>> 0;
  }

  /** A whole number from 0 to below `limit`. */
  below(limit: number): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  }

  chance(oneIn: number): boolean {
    return this.below(oneIn) === 0;
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T;
  }

  bytes(length: number): Buffer {
    return Buffer.from(Array.from({ length }, () => this.below(256)));
  }

  text(): string {
    return this.pick(ODD_TEXTS);
  }

  number(): number {
    return this.pick(ODD_NUMBERS);
  }
}
