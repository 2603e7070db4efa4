import type { PhaseName, PhaseState } from './view-state.js';

interface Entry {
  readonly name: PhaseName;
  readonly beganAtMs: number;
  endedAtMs: number | undefined;
  share: number | undefined;
  detail: string;
}

/** The running phase with its progress, and the duration of each phase. */
export class PhaseBoard {
  private readonly entries: Entry[] = [];

  constructor(private readonly nowMs: () => number = () => performance.now()) {}

  /** Ends the running phase and begins the next. */
  begin(name: PhaseName): void {
    this.end();
    this.entries.push({ name, beganAtMs: this.nowMs(), endedAtMs: undefined, share: undefined, detail: '' });
  }

  /** @param share 0 to 1, or undefined where the end is unknown. */
  progress(share: number | undefined, detail: string): void {
    const current = this.entries.at(-1);
    if (current === undefined) return;
    current.share = share;
    current.detail = detail;
  }

  end(): void {
    const current = this.entries.at(-1);
    if (current !== undefined) current.endedAtMs ??= this.nowMs();
  }

  /** Milliseconds since a phase began; 0 if it has not. */
  sinceMs(name: PhaseName): number {
    const entry = this.entries.find((one) => one.name === name);
    return entry === undefined ? 0 : this.nowMs() - entry.beganAtMs;
  }

  states(): readonly PhaseState[] {
    return this.entries.map((entry) => ({
      name: entry.name,
      seconds: this.secondsOf(entry),
      isDone: entry.endedAtMs !== undefined,
      share: entry.share,
      detail: entry.detail,
    }));
  }

  /** Seconds per phase, to tenths. */
  seconds(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.entries.map((entry) => [entry.name, Math.round(this.secondsOf(entry) * 10) / 10]));
  }

  private secondsOf(entry: Entry): number {
    return ((entry.endedAtMs ?? this.nowMs()) - entry.beganAtMs) / 1_000;
  }
}
