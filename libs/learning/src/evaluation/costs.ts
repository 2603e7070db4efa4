import { invalidInput } from '@fraudflow/core';

/** Costs of wrong decisions, in the currency unit of the amounts, and the capacity for reviews. */
export interface Costs {
  /** Of a fraud without alert: the transaction's amount, or the same for each. */
  readonly missedFraud: 'amount' | number;
  /** Of an alert for a genuine transaction. */
  readonly falseAlarm: number;
  /** Alerts a day on average that can be reviewed; absent: no limit. */
  readonly reviewsPerDay?: number;
}

const FIELDS = ['missedFraud', 'falseAlarm', 'reviewsPerDay'];

/**
 * Checks the JSON of a costs file: `missedFraud` is "amount" or a positive number, `falseAlarm` a number of at least 0,
 * `reviewsPerDay` (optional) a positive number; no other fields.
 * @param json the parsed file.
 * @returns the costs.
 * @throws AppError invalid_input with all problems in one message; `field` is the first wrong one.
 */
export function parseCosts(json: unknown): Costs {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw invalidInput('costs must be a JSON object with missedFraud, falseAlarm and optionally reviewsPerDay');
  }
  const { missedFraud, falseAlarm, reviewsPerDay } = json as Readonly<Record<string, unknown>>;
  const problems: { field: string; text: string }[] = [];
  const check = (field: string, value: unknown, isValid: boolean, expected: string): void => {
    if (!isValid) problems.push({ field, text: `${field} must be ${expected}, ${found(value)}` });
  };
  check(
    'missedFraud',
    missedFraud,
    missedFraud === 'amount' || isPositive(missedFraud),
    '"amount" or a number above 0',
  );
  check('falseAlarm', falseAlarm, isPositive(falseAlarm) || falseAlarm === 0, 'a number of at least 0');
  const isUnlimited = reviewsPerDay === undefined;
  check('reviewsPerDay', reviewsPerDay, isUnlimited || isPositive(reviewsPerDay), 'absent or a number above 0');
  for (const field of Object.keys(json)) {
    if (!FIELDS.includes(field)) problems.push({ field, text: `${field} is unknown (known: ${FIELDS.join(', ')})` });
  }
  const [first] = problems;
  if (first) {
    const list = problems.map(({ text }) => text).join('; ');
    throw invalidInput(`costs have ${problems.length} ${problems.length === 1 ? 'problem' : 'problems'}: ${list}`, {
      field: first.field,
    });
  }
  return {
    missedFraud: missedFraud as Costs['missedFraud'],
    falseAlarm: falseAlarm as number,
    ...(!isUnlimited && { reviewsPerDay: reviewsPerDay as number }),
  };
}

function isPositive(value: unknown): boolean {
  return typeof value === 'number' && value > 0 && Number.isFinite(value);
}

function found(value: unknown): string {
  return value === undefined ? 'but it is missing' : `not ${JSON.stringify(value).slice(0, 60)}`;
}
