import type { ModelEvent } from '@fraudflow/contracts';

/** An entry of the audit log. Entries are neither changed nor removed. */
export interface AuditEntry {
  readonly actor: string;
  /** The action in the past tense, e.g. `stage_changed`. */
  readonly action: string;
  readonly subjectKind: 'experiment' | 'run' | 'logged_model' | 'registered_model' | 'model_version' | 'artifact';
  /** Id or name; a version is `name/version`. */
  readonly subject: string;
  readonly detail: Readonly<Record<string, unknown>>;
  readonly atMs: number;
}

/** A model event without its sequence number. */
export type ModelEventDraft = Omit<ModelEvent, 'event_id' | 'sequence'>;

/** Records changes in the transaction of the change. */
export interface Journal {
  /** Adds an entry to the audit log. */
  audit(entry: AuditEntry): Promise<void>;

  /**
   * Adds events to the outbox, in order. The sequence numbers have no gaps and follow the order of commits. The id of
   * an event never changes, so that receivers recognise repeats.
   */
  announce(drafts: readonly ModelEventDraft[]): Promise<void>;

  /** The newest `limit` entries about a subject, newest first. */
  history(subjectKind: AuditEntry['subjectKind'], subject: string, limit: number): Promise<readonly AuditEntry[]>;
}
