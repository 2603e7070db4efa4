import type { MemoryTables } from './memory-tables.js';
import { modelEventId } from '../../src/journal/event-id.js';
import type { AuditEntry, Journal, ModelEventDraft } from '../../src/journal/journal.port.js';

export class InMemoryJournal implements Journal {
  constructor(private readonly tables: MemoryTables) {}

  async audit(entry: AuditEntry): Promise<void> {
    this.tables.audit = [...this.tables.audit, entry];
  }

  async announce(drafts: readonly ModelEventDraft[]): Promise<void> {
    for (const draft of drafts) {
      const sequence = this.tables.outbox.length + 1;
      this.tables.outbox = [...this.tables.outbox, { ...draft, sequence, event_id: modelEventId(sequence, draft) }];
    }
  }

  async history(
    subjectKind: AuditEntry['subjectKind'],
    subject: string,
    limit: number,
  ): Promise<readonly AuditEntry[]> {
    const about = this.tables.audit.filter((entry) => entry.subjectKind === subjectKind && entry.subject === subject);
    return about.toReversed().slice(0, limit);
  }
}
