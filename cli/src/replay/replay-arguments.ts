import { invalidInput, parseDurationMs } from '@fraudflow/core';
import { Pacer } from '@fraudflow/bench';
import type { ReplayOptions } from './replay.js';

export const DEFAULT_LABEL_DELAY = '7d';

/** Options of the command line before validation. */
export interface ReplayArguments {
  readonly fromStore?: boolean;
  readonly address?: string;
  readonly to?: string;
  readonly speed: string;
  readonly labelDelay?: string;
  readonly limitDays?: string;
  readonly from?: string;
  readonly until?: string;
  readonly wait?: boolean;
  readonly json?: boolean;
}

/** @throws AppError invalid_input unless exactly one source is named, with options that belong to it. */
export function checkSource(file: string | undefined, args: ReplayArguments): void {
  if (file === undefined && !args.fromStore) throw invalidInput('name a file to send, or give --from-store');
  if (file === undefined) {
    if (args.labelDelay !== undefined) throw misplaced('--label-delay', 'stored labels have their own times');
    if (args.limitDays !== undefined) throw misplaced('--limit-days', 'give --until');
    return;
  }
  if (args.fromStore) throw invalidInput(`a file (${file}) and --from-store exclude each other: give one of them`);
  if (args.address !== undefined) throw invalidInput('--address requires --from-store');
}

function misplaced(option: string, instead: string): Error {
  return invalidInput(`${option} cannot be combined with --from-store: ${instead}`);
}

/** @throws AppError invalid_input naming the option that is wrong. */
export function replayOptions(args: ReplayArguments, signal: AbortSignal): ReplayOptions {
  const [fromMs, untilMs] = [instant('--from', args.from), instant('--until', args.until)];
  if ((untilMs ?? Infinity) <= (fromMs ?? 0)) throw invalidInput('--until must be later than --from');
  return {
    pacer: new Pacer(speed(args.speed)),
    signal,
    labelDelayMs: parseDurationMs(args.labelDelay ?? DEFAULT_LABEL_DELAY),
    fromMs,
    untilMs,
    limitDays: args.limitDays === undefined ? undefined : positive('--limit-days', args.limitDays),
  };
}

function speed(text: string): number {
  return text === 'max' ? Infinity : positive('--speed', text);
}

function positive(option: string, text: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw invalidInput(`${option} must be a number above 0${option === '--speed' ? ' or max' : ''}, not "${text}"`);
}

function instant(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const ms = Date.parse(/^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00:00Z` : text);
  if (Number.isNaN(ms))
    throw invalidInput(`${option} must be a time such as 2018-04-01 or 2018-04-01T12:00:00Z, not "${text}"`);
  return ms;
}
