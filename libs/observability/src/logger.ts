import { pino, type Logger as PinoLogger } from 'pino';

/** Writes JSON lines to standard output, with `service`, `event` and the caller's fields. */
export type Logger = Pick<PinoLogger, 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal'> & {
  child(bindings: Record<string, unknown>): Logger;
};

// By design no card number reaches a logger. Redaction is a second safeguard, for objects that are logged completely.
const REDACTED_PATHS = ['card_number', '*.card_number', 'password', '*.password', 'authorization', '*.authorization'];

/** Creates the logger of a service. `level` is a pino level name. */
export function createLogger(service: string, level: string): Logger {
  return pino({
    level,
    base: { service },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    redact: { paths: REDACTED_PATHS, censor: '[redacted]' },
  });
}

/** Drops every line. For tests and tools. */
export const silentLogger: Logger = pino({ level: 'silent' });
