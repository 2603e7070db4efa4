/**
 * Currency codes by the number of decimals of their minor unit. Source: ISO 4217, list one (2026-01-01). Codes without
 * a minor unit (metals, funds of account) are left out. Codes withdrawn since 2023 (ANG, BGN, CUC, HRK, SLL, ZWL) are
 * included, so that historical transactions can be sent.
 */
const CODES_BY_DECIMALS = {
  0: [
    'BIF',
    'CLP',
    'DJF',
    'GNF',
    'ISK',
    'JPY',
    'KMF',
    'KRW',
    'PYG',
    'RWF',
    'UGX',
    'UYI',
    'VND',
    'VUV',
    'XAF',
    'XOF',
    'XPF',
  ],
  // prettier-ignore
  2: [
    'AED', 'AFN', 'ALL', 'AMD', 'ANG', 'AOA', 'ARS', 'AUD', 'AWG', 'AZN', 'BAM', 'BBD', 'BDT', 'BGN', 'BMD', 'BND',
    'BOB', 'BOV', 'BRL', 'BSD', 'BTN', 'BWP', 'BYN', 'BZD', 'CAD', 'CDF', 'CHE', 'CHF', 'CHW', 'CNY', 'COP', 'COU',
    'CRC', 'CUC', 'CUP', 'CVE', 'CZK', 'DKK', 'DOP', 'DZD', 'EGP', 'ERN', 'ETB', 'EUR', 'FJD', 'FKP', 'GBP', 'GEL',
    'GHS', 'GIP', 'GMD', 'GTQ', 'GYD', 'HKD', 'HNL', 'HRK', 'HTG', 'HUF', 'IDR', 'ILS', 'INR', 'IRR', 'JMD', 'KES',
    'KGS', 'KHR', 'KPW', 'KYD', 'KZT', 'LAK', 'LBP', 'LKR', 'LRD', 'LSL', 'MAD', 'MDL', 'MGA', 'MKD', 'MMK', 'MNT',
    'MOP', 'MRU', 'MUR', 'MVR', 'MWK', 'MXN', 'MXV', 'MYR', 'MZN', 'NAD', 'NGN', 'NIO', 'NOK', 'NPR', 'NZD', 'PAB',
    'PEN', 'PGK', 'PHP', 'PKR', 'PLN', 'QAR', 'RON', 'RSD', 'RUB', 'SAR', 'SBD', 'SCR', 'SDG', 'SEK', 'SGD', 'SHP',
    'SLE', 'SLL', 'SOS', 'SRD', 'SSP', 'STN', 'SVC', 'SYP', 'SZL', 'THB', 'TJS', 'TMT', 'TOP', 'TRY', 'TTD', 'TWD',
    'TZS', 'UAH', 'USD', 'USN', 'UYU', 'UZS', 'VED', 'VES', 'WST', 'XAD', 'XCD', 'XCG', 'YER', 'ZAR', 'ZMW', 'ZWG',
    'ZWL',
  ],
  3: ['BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND'],
  4: ['CLF', 'UYW'],
} as const;

/** An accepted ISO 4217 currency code. */
export type CurrencyCode = (typeof CODES_BY_DECIMALS)[keyof typeof CODES_BY_DECIMALS][number];

const DECIMALS: ReadonlyMap<string, number> = new Map(
  Object.entries(CODES_BY_DECIMALS).flatMap(([decimals, codes]) =>
    codes.map((code) => [code, Number(decimals)] as const),
  ),
);

/** Every accepted currency code, in alphabetical order. */
export const CURRENCIES: readonly [CurrencyCode, ...CurrencyCode[]] = Object.freeze(
  [...DECIMALS.keys()].toSorted(),
) as unknown as readonly [CurrencyCode, ...CurrencyCode[]];

/** Decimals of the currency's minor unit (EUR 2, JPY 0, KWD 3), or undefined for a code that is not accepted. */
export function minorUnitDecimals(currency: string): number | undefined {
  return DECIMALS.get(currency);
}

/** Whether the text is an accepted ISO 4217 currency code. */
export function isCurrency(code: string): code is CurrencyCode {
  return DECIMALS.has(code);
}
