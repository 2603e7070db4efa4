import { labelsTopic, type Label, transactionsTopic, type Transaction } from '@fraudflow/contracts';
import { AppError, asError, type Clock, invalidInput } from '@fraudflow/core';
import type { EventProducer } from '@fraudflow/messaging';
import type { CardTokeniser } from '../cards/card-tokeniser.js';
import { checkedLabel } from '../labels/canonical-label.js';
import { canonicalTransaction, type TransactionRules } from '../transactions/canonical-transaction.js';

export const MAX_ITEMS = 1_000;

export interface Rejection {
  /** Position in the request. */
  readonly index: number;
  readonly code: string;
  readonly field: string;
  readonly reason: string;
}

export interface IntakeResult {
  readonly accepted: number;
  readonly rejections: readonly Rejection[];
}

/**
 * The door for producers without Kafka: checks at once what ingestion would check later, replaces card numbers, and publishes to the
 * same topics. Resolves when everything accepted is in the log.
 */
export class IntakeService {
  constructor(
    private readonly producer: EventProducer,
    private readonly rules: TransactionRules,
    private readonly cards: CardTokeniser,
    private readonly clock: Clock,
  ) {}

  async transactions(items: readonly unknown[]): Promise<IntakeResult> {
    const { values, rejections } = check(items, (item) => this.publishable(item));
    await this.producer.send(
      transactionsTopic,
      values.map((value) => ({ value, eventId: value.transaction_id, occurredAt: value.occurred_at })),
    );
    return { accepted: values.length, rejections };
  }

  async labels(items: readonly unknown[]): Promise<IntakeResult> {
    const { values, rejections } = check(items, (item) =>
      checkedLabel(item, this.clock.nowMs(), this.rules.maxFutureMs),
    );
    await this.producer.send(
      labelsTopic,
      values.map((value: Label) => ({
        value,
        eventId: `${value.transaction_id}:${value.source}`,
        occurredAt: value.labelled_at,
      })),
    );
    return { accepted: values.length, rejections };
  }

  private publishable(item: Record<string, unknown>): Transaction {
    const canonical = canonicalTransaction(item, this.clock.nowMs(), this.rules, this.cards);
    const { amount_minor: amountMinor, extra, currency, ...rest } = canonical;
    return { ...extra, ...rest, currency: currency as Transaction['currency'], amount: amountMinor / 100 };
  }
}

function check<Value>(
  items: readonly unknown[],
  parse: (item: Record<string, unknown>) => Value,
): { readonly values: readonly Value[]; readonly rejections: readonly Rejection[] } {
  if (items.length === 0 || items.length > MAX_ITEMS) {
    throw invalidInput(`send 1 to ${MAX_ITEMS} items, not ${items.length}`, { code: 'ITEM_COUNT_INVALID' });
  }
  const values: Value[] = [];
  const rejections: Rejection[] = [];
  items.forEach((item, index) => {
    try {
      values.push(parse(asObject(item)));
    } catch (thrown) {
      rejections.push(toRejection(index, thrown));
    }
  });
  return { values, rejections };
}

function asObject(item: unknown): Record<string, unknown> {
  if (typeof item === 'object' && item !== null && !Array.isArray(item)) return item as Record<string, unknown>;
  throw invalidInput('must be a JSON object', { code: 'JSON_NOT_AN_OBJECT' });
}

function toRejection(index: number, thrown: unknown): Rejection {
  if (!(thrown instanceof AppError && thrown.kind === 'invalid_input')) throw asError(thrown);
  return { index, code: thrown.code, field: thrown.field ?? '', reason: thrown.message };
}
