import {
  type FeatureDefinition,
  featureIndex,
  idHash,
  PackedVectorReader,
  planVector,
  COMPUTED_FEATURES,
} from '@fraudflow/features';
import { VectorSlab } from './vector-slab.js';
import type { EntityIds, EntityStateReader, EntityStates } from './entity-states.port.js';

export interface RequestTransaction {
  readonly transactionId: string;
  readonly occurredAtMs: number;
  readonly amountMinor: number;
}

export interface OnlineRow extends EntityIds {
  readonly transaction: RequestTransaction | undefined;
}

export interface OnlineFeatures {
  /**
   * In the order of `COMPUTED_FEATURES`, whose first are the published 15; `featureIndex` finds a name. NaN = missing;
   * ends with the last feature asked for.
   */
  readonly values: Float64Array;
  /** Event time of the entity's newest event, ms; 0 = unknown. */
  readonly customerEventTimeMs: number;
  readonly terminalEventTimeMs: number;
  /** True while lost state is being rebuilt: the values may be incomplete. */
  readonly isStale: boolean;
}

/** Lists of features with a reader of their own; each reader holds memory to work in. */
const MAX_READERS = 16;

/** A reader of some features and where their values go. */
interface Projection {
  readonly reader: PackedVectorReader;
  readonly slots: Int32Array;
  /** Slots up to the last one filled. */
  readonly width: number;
  readonly values: Float64Array;
}

/** Features of entity rows as of a time, from committed state. Reads only. */
export class OnlineFeaturesService {
  private readonly slab = new VectorSlab();
  private readonly all = projectionOf(COMPUTED_FEATURES);
  private readonly projections = new Map<readonly FeatureDefinition[], Projection>();

  constructor(private readonly states: EntityStateReader) {}

  /**
   * @param asOfMs event time of the read; 0 = the row's transaction, or else the entity's newest event.
   * @param wanted computed features to evaluate, the others are NaN; the same list should be the same array, which is
   * remembered.
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
 * Entities never seen count as empty if a request has a transaction: it would be their first. Without one they are
 * missing.
 * @param values takes the features; all NaN
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
