const REDACTED = '[redacted]';

/** Holds a secret so that printing, logging or serialising it shows nothing. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The secret itself: pass it straight to the driver that needs it. */
  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return REDACTED;
  }

  toJSON(): string {
    return REDACTED;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return REDACTED;
  }
}

/** A URL with its password replaced, for logs. Text that is no URL comes back unchanged. */
export function redactUrl(url: string): string {
  return url.replace(/(:\/\/[^:@/]*:)[^@/]*@/, `$1${REDACTED}@`);
}
