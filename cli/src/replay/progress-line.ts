/** Output of progress: a redrawn line on a terminal, else a new line at intervals. */
export interface ProgressOutput {
  readonly isTerminal: boolean;
  write(text: string): void;
}

export const standardError: ProgressOutput = {
  isTerminal: process.stderr.isTTY,
  write: (text) => void process.stderr.write(text),
};

const TERMINAL_EVERY_MS = 100;
const PLAIN_EVERY_MS = 5_000;

/** Shows one changing line without flooding the output. */
export class ProgressLine {
  private shownAtMs = -Infinity;

  constructor(
    private readonly output: ProgressOutput = standardError,
    private readonly nowMs: () => number = () => performance.now(),
  ) {}

  update(text: string): void {
    const everyMs = this.output.isTerminal ? TERMINAL_EVERY_MS : PLAIN_EVERY_MS;
    if (this.nowMs() - this.shownAtMs < everyMs) return;
    this.shownAtMs = this.nowMs();
    this.output.write(this.output.isTerminal ? `\r\x1b[2K${text}` : `${text}\n`);
  }

  /** Prints the final state. */
  finish(text: string): void {
    this.output.write(this.output.isTerminal ? `\r\x1b[2K${text}\n` : `${text}\n`);
  }
}

/** A bar such as `████░░░░` for a share of 0 to 1. */
export function bar(share: number, width: number): string {
  const full = Math.round(Math.min(1, Math.max(0, Number.isFinite(share) ? share : 0)) * width);
  return '█'.repeat(full) + '░'.repeat(width - full);
}

/** 1234567 as `1,234,567`. */
export function grouped(count: number): string {
  return Math.round(count).toLocaleString('en-US');
}
