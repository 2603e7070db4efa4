/** A bigint column as a number: our times and counts stay below 2^53. The driver hands it over as text. */
export const int8 = {
  type: 'bigint',
  transformer: {
    to: (value: unknown) => value,
    from: (value: string | number | null) => (value === null ? null : Number(value)),
  },
} as const;
