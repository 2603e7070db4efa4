import { isUtf8 } from 'node:buffer';
import { type ByTerminalEvent, type FeaturesEvent, HEADERS, type Transaction } from '@fraudflow/contracts';
import { invalidInput } from '@fraudflow/core';
import { StreamedFeatures } from '@fraudflow/features';
import { headerText, type RawRecord } from '@fraudflow/messaging';
import type { VectorSlab } from '@fraudflow/runtime-tuning';
import { FEATURES_HEAD, parseRest, startsWith } from '../../stream/records/event-envelope.js';
import { TransactionScanner } from '../../stream/records/transaction-scanner.js';
import type { FeatureRow, LabelRow, LogPlace } from './offline-store.port.js';
import { rowVectors } from '../history/row-vectors.js';

interface ServiceLayout {
  /** Names of the service's features. */
  readonly names: readonly string[];
  readonly vectors: VectorSlab;
}

/** Layouts by service name, filled on first use. */
const layoutOfService = new Map<string, ServiceLayout>();
const ORIGIN = /^(\d+):(\d+)$/;
/** The `kind` member is within these first bytes, so a transaction is recognised and skipped without parsing it. */
const KIND_PREFIX_BYTES = 24;

type TransactionFields = Transaction & Pick<FeatureRow, 'baseAmountMinor'>;
type Served = Pick<FeaturesEvent, 'feature_service' | 'feature_service_version' | 'features' | 'late'>;

const scanner = new TransactionScanner();

/**
 * Converts a `features` record to an offline row with the features of the service it names. A feature that the event
 * lacks becomes NaN.
 * @throws AppError invalid_input `SOURCE_POSITION_MISSING`, `FIELD_MISSING`; not_found for an unknown service
 */
export function toFeatureRow(record: RawRecord): FeatureRow {
  return scannedRow(record) ?? parsedRow(record);
}

function scannedRow(record: RawRecord): FeatureRow | undefined {
  const { value } = record;
  if (value === null || !startsWith(value, FEATURES_HEAD) || !isUtf8(value)) return undefined;
  if (!scanner.scan(value, FEATURES_HEAD.length) || Number.isNaN(scanner.occurredAtMs)) return undefined;
  const served = parseRest<Served>(value, scanner.end);
  return served && rowOf(record, scanner, served);
}

function parsedRow(record: RawRecord): FeatureRow {
  const { transaction, ...served } = parse<FeaturesEvent>(record);
  const fields = {
    transactionId: transaction.transaction_id,
    occurredAtMs: Date.parse(transaction.occurred_at),
    customerId: transaction.customer_id,
    terminalId: transaction.terminal_id,
    amountMinor: transaction.amount_minor,
    currency: transaction.currency,
    baseAmountMinor: transaction.base_amount_minor,
  };
  checkFields(fields);
  return rowOf(record, fields, served);
}

function rowOf(record: RawRecord, fields: TransactionFields, served: Served): FeatureRow {
  const { names, vectors } = layoutOf(served.feature_service);
  const vector = vectors.take(names.length);
  for (let slot = 0; slot < names.length; slot++) vector[slot] = served.features[names[slot] as string] ?? Number.NaN;
  return {
    transactionId: fields.transactionId,
    occurredAtMs: fields.occurredAtMs,
    customerId: fields.customerId,
    terminalId: fields.terminalId,
    amountMinor: fields.amountMinor,
    currency: fields.currency,
    baseAmountMinor: fields.baseAmountMinor,
    isLate: served.late === true,
    featureServiceVersion: served.feature_service_version,
    names,
    vector,
    log: sourcePlace(record),
    origin: originPlace(record),
  };
}

/**
 * Converts a record of `features.by-terminal` to an offline label; undefined for a transaction, which is loaded from
 * `features`.
 */
export function toLabelRow(record: RawRecord, partition: number): LabelRow | undefined {
  const start = record.value?.toString('latin1', 0, KIND_PREFIX_BYTES) ?? '';
  if (start.includes('"transaction"')) return undefined;
  const event = parse<ByTerminalEvent>(record);
  if (event.kind !== 'label') return undefined;
  const { label } = event;
  const row: LabelRow = {
    transactionId: label.transaction_id,
    isFraud: label.is_fraud,
    labelledAtMs: Date.parse(label.labelled_at),
    source: label.source,
    customerId: label.customer_id,
    terminalId: label.terminal_id,
    occurredAtMs: Date.parse(label.occurred_at),
    log: { partition, offset: record.offset },
  };
  checkFields(row);
  return row;
}

/** @throws AppError invalid_input `FIELD_MISSING` for a record that lacks a field or whose time is invalid */
function checkFields(fields: object): void {
  for (const [field, value] of Object.entries(fields)) {
    const isAbsent = value === undefined && field !== 'baseAmountMinor';
    if (isAbsent || value === null || Number.isNaN(value)) {
      throw invalidInput(`the record has no ${field}`, { code: 'FIELD_MISSING', field });
    }
  }
}

function layoutOf(service: string): ServiceLayout {
  let layout = layoutOfService.get(service);
  if (layout === undefined) {
    const { names } = new StreamedFeatures(service);
    layoutOfService.set(service, (layout = { names, vectors: rowVectors(names.length) }));
  }
  return layout;
}

function parse<Value>({ value }: RawRecord): Value {
  return JSON.parse(value?.toString('utf8') ?? '') as Value;
}

function sourcePlace(record: RawRecord): LogPlace {
  const partition = Number(headerText(record, HEADERS.sourcePartition)?.split(':').at(-1) ?? Number.NaN);
  const offset = Number(headerText(record, HEADERS.sourceOffset) ?? Number.NaN);
  if (Number.isSafeInteger(partition) && Number.isSafeInteger(offset)) return { partition, offset };
  throw invalidInput('the record has no valid source partition and source offset in its headers', {
    code: 'SOURCE_POSITION_MISSING',
  });
}

function originPlace(record: RawRecord): LogPlace | undefined {
  const match = ORIGIN.exec(headerText(record, HEADERS.origin) ?? '');
  return match === null ? undefined : { partition: Number(match[1]), offset: Number(match[2]) };
}
