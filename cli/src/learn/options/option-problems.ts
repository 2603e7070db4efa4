import { AppError, invalidInput } from '@fraudflow/core';

/** Gathers everything that is wrong with a command's options, so that one error names all of it. */
export class OptionProblems {
  readonly #problems: string[] = [];

  add(problem: string): void {
    this.#problems.push(problem);
  }

  /**
   * Runs a check of one option.
   * @returns its value, or undefined if it threw an `AppError`, which is added under the option's name
   * @throws any other error
   */
  collect<Value>(option: string, check: () => Value): Value | undefined {
    try {
      return check();
    } catch (thrown) {
      if (!(thrown instanceof AppError)) throw thrown;
      this.add(`${option}: ${thrown.message}`);
      return undefined;
    }
  }

  /** @throws AppError invalid_input with all problems, if there is one */
  throwIfAny(): void {
    const [only, ...others] = this.#problems;
    if (only === undefined) return;
    if (others.length === 0) throw invalidInput(only);
    throw invalidInput(`${this.#problems.length} options are wrong:\n${this.#problems.map((it) => `  ${it}`).join('\n')}`);
  }
}
