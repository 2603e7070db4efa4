import type { ModelEvent } from '@fraudflow/contracts';

/** One line of the audit trail. Never changed, never removed. */
export interface AuditEntry {
  readonly actor: string;
  /** What was done, past tense, e.g. `stage_changed`. */
  readonly action: string;
  readonly subjectKind: 'experiment' | 'run' | 'logged_model' | 'registered_model' | 'model_version' | 'artifact';
  /** Id or name; a version is `name/version`. */
  readonly subject: string;
  readonly detail: Readonly<Record<string, unknown>>;
  readonly atMs: number;
}

/** A model event before it has its place in the order of changes. */
export type ModelEventDraft = Omit<ModelEvent, 'event_id' | 'sequence'>;

/** What happened, written in the same transaction as the change itself. */
export interface Journal {
  audit(entry: AuditEntry): Promise<void>;

  /**
   * Puts events in the outbox, in order. The numbers have no gaps and grow in the order of commits, and the id of an
   * event never changes, so that a receiver recognises a repeat.
   */
  announce(drafts: readonly ModelEventDraft[]): Promise<void>;

  /** The newest `limit` lines about a subject, newest first. */
  history(subjectKind: AuditEntry['subjectKind'], subject: string, limit: number): Promise<readonly AuditEntry[]>;
}
