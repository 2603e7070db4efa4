import type { ViewState } from './view-state.js';
import { renderStatus, renderView } from './render-view.js';
import { PHASE_TITLES, type PhaseName } from './view-state.js';

/** Output of the demo. */
export interface DemoView {
  /** Sets the present state; the view decides when it draws it. */
  update(state: ViewState): void;
  /** Prints a permanent line. */
  note(text: string): void;
  /** Ends the view; the last state remains on the screen. */
  close(): void;
}

export interface TextOutput {
  readonly columns?: number | undefined;
  write(text: string): void;
}

const SHOWN_NOTES = 8;

/** Redraws one block of lines in place. */
export class LiveView implements DemoView {
  private drawnLines = 0;
  private readonly notes: string[] = [];
  private state: ViewState | undefined;

  constructor(private readonly output: TextOutput) {
    output.write('\x1b[?25l');
  }

  update(state: ViewState): void {
    this.state = state;
    this.draw();
  }

  note(text: string): void {
    this.notes.push(text);
    this.draw();
  }

  close(): void {
    this.draw();
    this.output.write('\x1b[?25h');
  }

  private draw(): void {
    const width = (this.output.columns ?? 120) - 1;
    const notes = this.notes.slice(-SHOWN_NOTES).map((note) => `· ${note}`);
    const lines = [...(this.state === undefined ? [] : renderView(this.state)), '', ...notes];
    // A wrapped line would make the number of lines wrong by which the cursor moves back.
    const text = lines.map((line) => `\x1b[2K${[...line].slice(0, width).join('')}\n`).join('');
    const up = this.drawnLines === 0 ? '' : `\x1b[${this.drawnLines}A`;
    this.output.write(`${up}${text}\x1b[0J`);
    this.drawnLines = lines.length;
  }
}

const STATUS_EVERY_MS = 5_000;

/** Plain log lines: phases as they begin and end, notes, a status line every few seconds. */
export class PlainView implements DemoView {
  private lastStatusMs: number;
  private readonly begun = new Set<PhaseName>();
  private readonly done = new Set<PhaseName>();

  constructor(
    private readonly output: TextOutput,
    private readonly nowMs: () => number = () => performance.now(),
  ) {
    this.lastStatusMs = nowMs();
  }

  update(state: ViewState): void {
    for (const { name, isDone, seconds } of state.phases) {
      if (!this.begun.has(name)) this.line(`begin ${PHASE_TITLES[name]}`);
      this.begun.add(name);
      if (isDone && !this.done.has(name)) {
        this.done.add(name);
        this.line(`done  ${PHASE_TITLES[name]} in ${seconds.toFixed(1)} s`);
      }
    }
    if (this.nowMs() - this.lastStatusMs < STATUS_EVERY_MS) return;
    this.lastStatusMs = this.nowMs();
    this.line(`      ${renderStatus(state)}`);
  }

  note(text: string): void {
    this.line(`      ${text}`);
  }

  close(): void {
    // Lines are printed immediately.
  }

  private line(text: string): void {
    this.output.write(`${text}\n`);
  }
}
