import { DAY_MS, invalidInput } from '@fraudflow/core';
import type { EntityName, FeatureDefinition, FeatureFormula, FeatureWindow } from '../catalog/definitions.js';
import { ATTRIBUTE_WINDOW } from '../catalog/event-attributes.js';
import { Op, opOf } from './feature-op.js';

type WindowFormula = Extract<FeatureFormula, { kind: 'window' }>;

/** A window as the rings maintain it. The features that use it decide which aggregates are kept. */
export interface Span {
  readonly lengthMs: number;
  readonly delayMs: number;
  /** Age at which a row leaves the window: length + delay. */
  readonly edgeMs: number;
  /** Index of the delay in `delays`, or −1 for a window that reaches up to now. */
  readonly delay: number;
  readonly hasSum: boolean;
  readonly hasSquares: boolean;
  /** Index among the spans with ordered amounts, or −1. Spans from `inlineOrders` on have them only in large rings. */
  readonly order: number;
}

/** A window of which only the known frauds are used. */
export interface FraudSpan {
  readonly delayMs: number;
  readonly edgeMs: number;
}

/** One feature, ready to be evaluated. */
export interface PlannedFeature {
  readonly op: Op;
  /** Slot of the value in the vector. */
  readonly slot: number;
  /** Index into `spans`. */
  readonly span: number;
  /** Index into `fraudSpans`, or −1. */
  readonly fraudSpan: number;
  /** Index into `spans` of the median's window, or −1. */
  readonly medianSpan: number;
  /** Whether the median's window contains all rows of this one. */
  readonly isWithinMedian: boolean;
  /** Factor of the median. */
  readonly times: number;
  readonly withCurrent: boolean;
  /** Value in days if there is no row to count from. */
  readonly capDays: number;
}

/** What the rings of one kind of entity maintain, and the features computed from it. */
export interface EntityPlan {
  readonly spans: readonly Span[];
  readonly fraudSpans: readonly FraudSpan[];
  /** Distinct delays above 0, ms. */
  readonly delays: readonly number[];
  readonly orderCount: number;
  readonly inlineOrders: number;
  readonly features: readonly PlannedFeature[];
}

interface Draft {
  readonly lengthMs: number;
  readonly delayMs: number;
  hasSum: boolean;
  hasSquares: boolean;
  hasOrder: boolean;
  /** Scanning the amounts of a short window is faster than keeping them in order. */
  hasLargeOrder: boolean;
}

/** What each operation needs. */
const NEEDS_SUM: ReadonlySet<Op> = new Set([Op.sum, Op.mean, Op.std, Op.ratioToMean, Op.zScore]);
const NEEDS_SQUARES: ReadonlySet<Op> = new Set([Op.std, Op.zScore]);
const NEEDS_ORDER: ReadonlySet<Op> = new Set([Op.min, Op.max, Op.median, Op.ratioToMedian, Op.ratioToMax]);
const NEEDS_FRAUDS: ReadonlySet<Op> = new Set([
  Op.fraudCount,
  Op.fraudShare,
  Op.genuineCount,
  Op.genuineShare,
  Op.fraudStreak,
  Op.genuineStreak,
  Op.fraudDaysSinceLast,
  Op.fraudDaysSinceFirst,
  Op.fraudLastAttribute,
]);
/** Known-fraud operations that need no rows except the frauds. */
const FRAUDS_ALONE: ReadonlySet<Op> = new Set([
  Op.fraudCount,
  Op.fraudDaysSinceLast,
  Op.fraudDaysSinceFirst,
  Op.fraudLastAttribute,
]);

/** Collects the distinct windows of an entity's features. */
class SpanCollector {
  readonly drafts: Draft[] = [];
  readonly frauds: FraudSpan[] = [];

  span({ lengthMs, delayMs }: FeatureWindow, op: Op | undefined): number {
    let index = this.drafts.findIndex((draft) => draft.lengthMs === lengthMs && draft.delayMs === delayMs);
    if (index === -1) {
      index =
        this.drafts.push({
          lengthMs,
          delayMs,
          hasSum: false,
          hasSquares: false,
          hasOrder: false,
          hasLargeOrder: false,
        }) - 1;
    }
    const draft = this.drafts[index] as Draft;
    if (op === undefined || NEEDS_ORDER.has(op)) draft.hasOrder = true;
    if (op === Op.countAbove || op === Op.shareAbove) draft.hasLargeOrder = true;
    if (op !== undefined && NEEDS_SUM.has(op)) draft.hasSum = true;
    if (op !== undefined && NEEDS_SQUARES.has(op)) draft.hasSquares = true;
    return index;
  }

  fraudSpan({ lengthMs, delayMs }: FeatureWindow): number {
    const edgeMs = lengthMs + delayMs;
    const index = this.frauds.findIndex((span) => span.edgeMs === edgeMs && span.delayMs === delayMs);
    return index === -1 ? this.frauds.push({ delayMs, edgeMs }) - 1 : index;
  }
}

/**
 * Compiles the features of one entity out of a vector.
 * @param features the whole vector; features of other entities are skipped
 * @param bounds `longestMs`: maximum of window plus delay; `needsAttributes`: keep the median that attributes depend on
 * @throws AppError invalid_input `FORMULA_UNSUPPORTED`, `WINDOW_TOO_LONG`
 */
export function planEntity(
  features: readonly FeatureDefinition[],
  entity: EntityName,
  { longestMs, needsAttributes }: { readonly longestMs: number; readonly needsAttributes: boolean },
): EntityPlan {
  const collector = new SpanCollector();
  if (needsAttributes) collector.span(ATTRIBUTE_WINDOW, undefined);
  const planned: PlannedFeature[] = [];
  features.forEach((feature, slot) => {
    const { formula } = feature;
    if (formula?.kind !== 'window' || formula.entity !== entity) return;
    checkWindow(feature.name, formula.window, longestMs);
    planned.push(planFeature(feature.name, formula, { slot, collector }));
  });
  const delays = [...new Set(collector.drafts.map((draft) => draft.delayMs))].filter((delayMs) => delayMs > 0);
  const inline = collector.drafts.filter((draft) => draft.hasOrder);
  const ordered = [...inline, ...collector.drafts.filter((draft) => draft.hasLargeOrder && !draft.hasOrder)];
  const spans = collector.drafts.map((draft): Span => {
    const { lengthMs, delayMs, hasSum, hasSquares } = draft;
    const edgeMs = lengthMs + delayMs;
    return {
      lengthMs,
      delayMs,
      edgeMs,
      delay: delays.indexOf(delayMs),
      hasSum,
      hasSquares,
      order: ordered.indexOf(draft),
    };
  });
  return {
    spans,
    fraudSpans: collector.frauds,
    delays,
    orderCount: ordered.length,
    inlineOrders: inline.length,
    features: planned,
  };
}

function planFeature(
  name: string,
  formula: WindowFormula,
  { slot, collector }: { readonly slot: number; readonly collector: SpanCollector },
): PlannedFeature {
  const { window, withCurrent, filter } = formula;
  const op = opOf(name, formula);
  const median = filter?.kind === 'above_median' ? filter : undefined;
  return {
    op,
    slot,
    span: FRAUDS_ALONE.has(op) ? -1 : collector.span(window, op),
    fraudSpan: NEEDS_FRAUDS.has(op) ? collector.fraudSpan(window) : -1,
    medianSpan: median ? collector.span({ lengthMs: median.medianOverMs, delayMs: 0 }, undefined) : -1,
    isWithinMedian: median !== undefined && window.lengthMs <= median.medianOverMs,
    times: median?.times ?? 0,
    withCurrent,
    capDays: (window.lengthMs + window.delayMs) / DAY_MS,
  };
}

/** True for features that need attributes computed by the customer stage. */
export function readsAttributes({ formula }: FeatureDefinition): boolean {
  return formula?.kind === 'window' && formula.aggregate === 'last_attribute';
}

/** A read as of the lateness bound must still see its whole window. */
function checkWindow(name: string, { lengthMs, delayMs }: FeatureWindow, longestMs: number): void {
  if (lengthMs > 0 && delayMs >= 0 && lengthMs + delayMs <= longestMs) return;
  throw invalidInput(`feature "${name}" looks back ${lengthMs + delayMs} ms; between 1 and ${longestMs} are held`, {
    code: 'WINDOW_TOO_LONG',
    field: name,
  });
}
