import { AppError } from '@fraudflow/core';

/** Key of one result of a step, with the type of its value. */
export interface Part<T> {
  /** For error messages. */
  readonly name: string;
  /** Never set; carries the type. */
  readonly type?: T;
}

/** Declares a part. The step that adds it exports it, later steps import it. */
export function part<T>(name: string): Part<T> {
  return { name };
}

/** Results of the steps of one training. */
export class Work {
  private readonly values = new Map<Part<unknown>, unknown>();
  private readonly notes: string[] = [];
  private step = '';

  /** Marks the beginning of a step; errors name it. */
  begin(step: string): void {
    this.step = step;
  }

  /** @throws AppError assertion_failed if no earlier step has added the part. */
  get<T>(wanted: Part<T>): T {
    if (!this.values.has(wanted)) {
      throw new AppError('assertion_failed', `no step before ${this.step} adds the part ${wanted.name}`);
    }
    return this.values.get(wanted) as T;
  }

  /** Adds a part, or replaces it, e.g. a list with a longer one. */
  set<T>(added: Part<T>, value: T): void {
    this.values.set(added, value);
  }

  /** Adds a remark about the data to the outcome's message; an empty one is ignored. */
  addNote(note: string): void {
    if (note !== '') this.notes.push(note);
  }

  /** All remarks, separated by `; `; empty without one. */
  get note(): string {
    return this.notes.join('; ');
  }
}
