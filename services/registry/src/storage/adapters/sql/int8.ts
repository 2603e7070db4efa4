/** A bigint column as a number: times and counts are below 2^53. The driver returns bigints as text. */
export const int8 = {
  type: 'bigint',
  transformer: {
    to: (value: unknown) => value,
    from: (value: string | number | null) => (value === null ? null : Number(value)),
  },
} as const;
