const REDACTED = '[redacted]';

/** Holds a secret so that printing, logging or serialising it does not reveal it. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The secret itself: pass it directly to the driver that needs it. */
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

const SCHEME_END = '://';
/** Parameters of a URL whose values are secrets. */
const SECRET_PARAMETER = /([?&](?:password|sslpassword|passphrase|token|secret)=)[^&#]*/gi;

/**
 * Returns a URL with its passwords replaced, for logs. A password is the text between the user name and the last `@`
 * before the query, or the value of a parameter such as `password`. Text that is not a URL is returned unchanged.
 */
export function redactUrl(url: string): string {
  return redactUserinfo(url).replace(SECRET_PARAMETER, `$1${REDACTED}`);
}

function redactUserinfo(url: string): string {
  const start = url.indexOf(SCHEME_END);
  if (start < 0) return url;
  const from = start + SCHEME_END.length;
  // A password may hold `@` and `/` unescaped: what follows the last `@` before the query is the host.
  const query = url.slice(from).search(/[?#]/);
  const end = url.lastIndexOf('@', query < 0 ? url.length : from + query);
  const colon = url.indexOf(':', from);
  return end < from || colon < 0 || colon > end ? url : `${url.slice(0, colon + 1)}${REDACTED}${url.slice(end)}`;
}
