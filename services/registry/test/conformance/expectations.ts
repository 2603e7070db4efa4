/** Expected errors of refused calls. */
export const invalid = { kind: 'invalid_input' };
export const absent = { kind: 'not_found' };
export const taken = { kind: 'conflict' };

/** A metric of a run, at step 0 and time 1 by default. */
export const point = (key: string, value: number, step = 0, timestampMs = 1) => ({ key, value, step, timestampMs });
