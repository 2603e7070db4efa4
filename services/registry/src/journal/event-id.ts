import { createHash } from 'node:crypto';
import type { ModelEventDraft } from './journal.port.js';

/** The id of the event at a place in the order of changes: the same content at the same place has the same id. */
export function modelEventId(sequence: number, draft: ModelEventDraft): string {
  const { kind, model_name, model_version, occurred_at } = draft;
  const identity = JSON.stringify([sequence, kind, model_name, model_version, occurred_at]);
  return createHash('sha256').update(identity).digest('hex').slice(0, 32);
}
