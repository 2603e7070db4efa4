import type { Transaction } from '@fraudflow/contracts';
import {
  type FeatureDefinition,
  featureIndex,
  idHash,
  PackedVectorReader,
  planVector,
  COMPUTED_FEATURES,
} from '@fraudflow/features';
import { VectorSlab } from '@fraudflow/runtime-tuning';
import type { EntityIds, EntityStateReader, EntityStates } from './entity-states.port.js';

export interface OnlineRow extends EntityIds {
  /** The request's transaction; its amount is in the base currency. */
  readonly transaction: Pick<Transaction, 'transactionId' | 'occurredAtMs' | 'amountMinor'> | undefined;
}

export interface OnlineFeatures {
  /**
   * Values in the order of `COMPUTED_FEATURES`, up to the last requested feature; `featureIndex` maps a name to its
   * place. NaN = missing.
   */
  readonly values: Float64Array;
  /** Event time of the entity's newest event, ms; 0 = unknown. */
  readonly customerEventTimeMs: number;
  readonly terminalEventTimeMs: number;
  /** True while lost state is being rebuilt: the values may be incomplete. */
  readonly isStale: boolean;
}

/** Doubles per block of the slab. A larger read allocates its own memory. */
const BLOCK_LENGTH = 4_096;
/** Largest number of feature lists that have a reader of their own; each reader holds working memory. */
const MAX_READERS = 16;

/** A reader of some features and the slots of their values. */
interface Projection {
  readonly reader: PackedVectorReader;
  readonly slots: Int32Array;
  /** Number of slots up to the last filled one. */
  readonly width: number;
  readonly values: Float64Array;
}

/** Features of entity rows as of a time, from committed state. Reads only. */
export class OnlineFeaturesService {
  private readonly slab = new VectorSlab(BLOCK_LENGTH, Number.NaN);
  private readonly all = projectionOf(COMPUTED_FEATURES);
  private readonly projections = new Map<readonly FeatureDefinition[], Projection>();

  constructor(private readonly states: EntityStateReader) {}

  /**
   * @param asOfMs event time of the read; 0 = the row's transaction, or else the entity's newest event.
   * @param wanted computed features to evaluate; the others are NaN. Pass equal lists as the same array, because the
   * reader of an array is cached.
   */
  async get(
    rows: readonly OnlineRow[],
    asOfMs: number,
    wanted: readonly FeatureDefinition[] = COMPUTED_FEATURES,
  ): Promise<readonly OnlineFeatures[]> {
    const atMs = asOfMs === 0 ? Number.NaN : asOfMs;
    const projection = this.projectionFor(wanted);
    const { width } = projection;
    const block = this.slab.take(rows.length * width);
    const features: OnlineFeatures[] = [];
    await this.states.read(rows, (i, states) => {
      const values = rows.length === 1 ? block : block.subarray(i * width, (i + 1) * width);
      features[i] = evaluate(projection, { row: rows[i] as OnlineRow, states, atMs }, values);
    });
    return features;
  }

  private projectionFor(wanted: readonly FeatureDefinition[]): Projection {
    if (wanted === COMPUTED_FEATURES) return this.all;
    const known = this.projections.get(wanted);
    if (known !== undefined) return known;
    if (this.projections.size >= MAX_READERS) return this.all;
    const projection = projectionOf(wanted);
    this.projections.set(wanted, projection);
    return projection;
  }
}

function projectionOf(features: readonly FeatureDefinition[]): Projection {
  const slots = Int32Array.from(features, ({ name }) => featureIndex(name));
  return {
    reader: new PackedVectorReader(planVector(features)),
    slots,
    width: Math.max(-1, ...slots) + 1,
    values: new Float64Array(features.length),
  };
}

interface Evaluation {
  readonly row: OnlineRow;
  readonly states: EntityStates;
  readonly atMs: number;
}

/**
 * An unknown entity counts as empty if the request has a transaction, which is then its first. Without a transaction
 * its features are missing.
 * @param values receives the features; all NaN before the call
 */
function evaluate(
  { reader, slots, values: own }: Projection,
  { row, states: { customer, terminal, isStale }, atMs }: Evaluation,
  values: Float64Array,
): OnlineFeatures {
  const entities = {
    customer: row.customerId === '' ? 'unasked' : (customer ?? 'absent'),
    terminal: row.terminalId === '' ? 'unasked' : (terminal ?? 'absent'),
  } as const;
  reader.read(entities, atMs, requestTransactionOf(row), own);
  for (let i = 0; i < slots.length; i++) values[slots[i] ?? 0] = own[i] ?? Number.NaN;
  return {
    values,
    customerEventTimeMs: eventTime(reader.customerNewestMs),
    terminalEventTimeMs: eventTime(reader.terminalNewestMs),
    isStale,
  };
}

function requestTransactionOf({ transaction }: OnlineRow): Parameters<PackedVectorReader['read']>[2] {
  if (transaction === undefined) return undefined;
  const { transactionId, occurredAtMs, amountMinor } = transaction;
  return { idHash: idHash(transactionId), occurredAtMs, amountMinor };
}

function eventTime(newestMs: number): number {
  return Number.isFinite(newestMs) ? newestMs : 0;
}
