import { z } from 'zod';

/** An opaque id: 1 to 64 characters from A-Z a-z 0-9 . _ : @ -, starting with a letter or digit. */
export const idSchema = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._:@-]{0,63}$/,
    'must be 1 to 64 of A-Z a-z 0-9 . _ : @ - and start with a letter or digit',
  );

/** ISO 8601 instant with time zone, e.g. 2026-04-01T12:00:00.250Z. */
export const instantSchema = z.iso.datetime({ offset: true });

/** A probability, 0 to 1. */
export const probabilitySchema = z.number().min(0).max(1);

/** Named feature values. A missing value is null. */
export const featureVectorSchema = z.record(z.string(), z.number().nullable());

/** A number above 0 as decimal text: at most 12 digits before the point and 12 after it, no sign, no exponent. */
export const decimalTextSchema = z
  .string()
  .regex(/^(?=[0-9.]*[1-9])[0-9]{1,12}(?:\.[0-9]{1,12})?$/, 'must be a decimal number above 0, e.g. "0.9213"');
