import { createHash } from 'node:crypto';
import type { ModelEventDraft } from './journal.port.js';

/** The id of an event, derived from its sequence number and its content. */
export function modelEventId(sequence: number, draft: ModelEventDraft): string {
  const { kind, model_name, model_version, occurred_at } = draft;
  const identity = JSON.stringify([sequence, kind, model_name, model_version, occurred_at]);
  return createHash('sha256').update(identity).digest('hex').slice(0, 32);
}
