import type { Comparison } from './search-subject.js';

/** The tag that distinguishes a prompt from a model; the client filters on it in every registry search. */
export const PROMPT_TAG = 'mlflow.prompt.is_prompt';

/** True for the one clause that must also match things lacking the tag: being no prompt is the default. */
export function matchesAbsentTag({ kind, key, operator, value }: Comparison): boolean {
  if (kind !== 'tag' || key !== PROMPT_TAG) return false;
  return (operator === '!=' && value === 'true') || (operator === '=' && value === 'false');
}
