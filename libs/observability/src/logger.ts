import { pino, type Logger as PinoLogger } from 'pino';

/** JSON lines on standard output with `service`, `event` and what the caller adds. */
export type Logger = Pick<PinoLogger, 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal'> & {
  child(bindings: Record<string, unknown>): Logger;
};

// Card numbers never reach a logger by design; this is the net below, for objects logged whole.
const REDACTED_PATHS = ['card_number', '*.card_number', 'password', '*.password', 'authorization', '*.authorization'];

/** The logger of a service. Level is a pino level name. */
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
