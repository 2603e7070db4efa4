import { defined } from '@fraudflow/core';
import type { EntityManager } from 'typeorm';
import { streams } from '../../streams.js';
import { modelEventId } from '../event-id.js';
import type { AuditEntry, Journal, ModelEventDraft } from '../journal.port.js';

const OUTBOX = streams.state.journal.name;

interface AuditRow {
  readonly actor: string;
  readonly action: string;
  readonly subject_kind: AuditEntry['subjectKind'];
  readonly subject: string;
  readonly detail: Readonly<Record<string, unknown>>;
  readonly at_ms: string;
}

/** The audit log and the outbox, written in the transaction of the manager. */
export class PostgresJournal implements Journal {
  constructor(private readonly manager: EntityManager) {}

  async audit({ actor, action, subjectKind, subject, detail, atMs }: AuditEntry): Promise<void> {
    await this.manager.query(
      `INSERT INTO audit_log (actor, action, subject_kind, subject, detail, at_ms) VALUES ($1, $2, $3, $4, $5, $6)`,
      [actor, action, subjectKind, subject, JSON.stringify(detail), atMs],
    );
  }

  async announce(drafts: readonly ModelEventDraft[]): Promise<void> {
    if (drafts.length === 0) return;
    const rows: { last_sequence: string }[] = await this.manager.query(
      `WITH taken AS (UPDATE outbox_position SET last_sequence = last_sequence + $1 RETURNING last_sequence)
       SELECT last_sequence FROM taken`,
      [drafts.length],
    );
    const first = Number(defined(rows[0], 'outbox position').last_sequence) - drafts.length + 1;
    const events = drafts.map((draft, index) => {
      const sequence = first + index;
      return { ...draft, sequence, event_id: modelEventId(sequence, draft) };
    });
    await this.manager.query(
      `INSERT INTO ${OUTBOX} (sequence, event) SELECT * FROM unnest($1::bigint[], $2::jsonb[])`,
      [events.map(({ sequence }) => sequence), events.map((event) => JSON.stringify(event))],
    );
  }

  async history(
    subjectKind: AuditEntry['subjectKind'],
    subject: string,
    limit: number,
  ): Promise<readonly AuditEntry[]> {
    const rows: AuditRow[] = await this.manager.query(
      `SELECT actor, action, subject_kind, subject, detail, at_ms FROM audit_log
       WHERE subject_kind = $1 AND subject = $2 ORDER BY audit_id DESC LIMIT $3`,
      [subjectKind, subject, limit],
    );
    return rows.map(({ actor, action, subject_kind, subject: about, detail, at_ms }) => ({
      actor,
      action,
      subjectKind: subject_kind,
      subject: about,
      detail,
      atMs: Number(at_ms),
    }));
  }
}
