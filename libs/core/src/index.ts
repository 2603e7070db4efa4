export { checkHost } from './allowed-hosts.js';
export { assert, defined, unreachable } from './assert.js';
export { type Clock, FixedClock, systemClock } from './clock.js';
export { DAY_MS, delay, HOUR_MS, MINUTE_MS, parseDurationMs, SECOND_MS } from './duration.js';
export { ERROR_CODE_AREAS, ERROR_CODE_FAMILIES, ERROR_CODES, type ErrorCode, isErrorCode } from './error-codes.js';
export { type ErrorCodeEntries, type ErrorCodeEntry, fieldCode } from './error-codes/error-code-entry.js';
export { ERROR_KINDS, type ErrorKind } from './error-kinds.js';
export {
  AppError,
  asError,
  conflict,
  type ErrorOptions,
  failedPrecondition,
  invalidInput,
  isRetryable,
  notFound,
  resourceExhausted,
  timedOut,
  unavailable,
} from './errors.js';
export { fnv1a64, partitionOf } from './hash.js';
export { LABEL_SOURCES, type LabelSource, labelSourceRank } from './label-source.js';
export { type JsonTokenReplacers, parseExactJson, replaceJsonTokens } from './json/exact-json.js';
export { CURRENCIES, type CurrencyCode, isCurrency, minorUnitDecimals } from './money/currencies.js';
export { decimalsOf, type ExchangeRate } from './money/exchange-rate.js';
export {
  BASE_CURRENCY_DECIMALS,
  minorUnitScale,
  roundToMinorUnits,
  toMajorUnits,
  toMinorUnits,
} from './money/minor-units.js';
export { type ConvertedAmount, RateTable, rateUnknown } from './money/rate-table.js';
