import { AppError, assert, invalidInput } from '@fraudflow/core';

type Complete<Values extends object> = { readonly [Name in keyof Values]: Exclude<Values[Name], undefined> };

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

  /**
   * The values of options that are all valid.
   * @throws AppError invalid_input with all problems, if there is one
   */
  valuesOf<Values extends object>(values: Values): Complete<Values> {
    const [only, ...others] = this.#problems;
    if (only !== undefined) {
      const all = this.#problems.map((problem) => `  ${problem}`).join('\n');
      throw invalidInput(others.length === 0 ? only : `${this.#problems.length} options are wrong:\n${all}`);
    }
    for (const [name, value] of Object.entries(values)) assert(value !== undefined, `${name} was checked`);
    return values as Complete<Values>;
  }
}
