import type { Comparison } from './search-subject.js';

/** The tag that distinguishes a prompt from a model. The client filters by it in every registry search. */
export const PROMPT_TAG = 'mlflow.prompt.is_prompt';

/** True for clauses that select models: they must also match models without the tag. */
export function matchesAbsentTag({ kind, key, operator, value }: Comparison): boolean {
  if (kind !== 'tag' || key !== PROMPT_TAG) return false;
  return (operator === '!=' && value === 'true') || (operator === '=' && value === 'false');
}
