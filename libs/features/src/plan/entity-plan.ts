import { DAY_MS, invalidInput } from '@fraudflow/core';
import { aggregateByName } from '../catalog/aggregates/aggregates.js';
import type { Aggregate, AggregateNeeds, RowSelection } from '../catalog/aggregates/contract/aggregate.js';
import type { EntityName, FeatureDefinition, FeatureWindow } from '../catalog/definitions.js';
import { ATTRIBUTE_WINDOW } from '../catalog/event-attributes.js';
import { aggregateOf, isByLabel, selectionOf, type WindowFormula } from './window-formula.js';

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
  /** Name of the aggregate, and the rows that it is computed of. */
  readonly aggregate: string;
  readonly rows: RowSelection;
  /** `Aggregate.evaluate`, here because a call of it is then the same machine code for all aggregates. */
  readonly evaluate: Aggregate['evaluate'];
  readonly isComparison: boolean;
  /** Whether the newest and oldest of the selected rows are kept. */
  readonly needsEnds: boolean;
  /** Whether an accelerator may write the feature; false = it is always evaluated from a reading. */
  readonly mayAccelerate: boolean;
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

/** The aggregates that the rings of one kind of entity maintain, and the features computed from them. */
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

const ORDER_ALONE: AggregateNeeds = { order: true };

/** How the features of one entity are compiled. */
export interface EntityPlanOptions {
  /** Maximum of window plus delay. */
  readonly longestMs: number;
  /** Whether to keep the median that attributes depend on. */
  readonly needsAttributes: boolean;
  readonly aggregates: readonly Aggregate[];
  readonly withAccelerators: boolean;
}

/** Collects the distinct windows of an entity's features. */
class SpanCollector {
  readonly drafts: Draft[] = [];
  readonly frauds: FraudSpan[] = [];

  span({ lengthMs, delayMs }: FeatureWindow, needs: AggregateNeeds, rows: RowSelection): number {
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
    draft.hasOrder ||= needs.order === true;
    draft.hasLargeOrder ||= rows === 'above_median';
    draft.hasSum ||= needs.sum === true;
    draft.hasSquares ||= needs.squares === true;
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
 * @throws AppError invalid_input `FORMULA_UNSUPPORTED`, `WINDOW_TOO_LONG`
 */
export function planEntity(
  features: readonly FeatureDefinition[],
  entity: EntityName,
  options: EntityPlanOptions,
): EntityPlan {
  const collector = new SpanCollector();
  if (options.needsAttributes) collector.span(ATTRIBUTE_WINDOW, ORDER_ALONE, 'all');
  const planned: PlannedFeature[] = [];
  features.forEach((feature, slot) => {
    const { formula } = feature;
    if (formula?.kind !== 'window' || formula.entity !== entity) return;
    checkWindow(feature.name, formula.window, options.longestMs);
    const aggregate = aggregateOf(feature.name, formula, options.aggregates);
    const mayAccelerate = options.withAccelerators;
    planned.push(planFeature(formula, aggregate, { slot, collector, mayAccelerate }));
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

interface Place {
  readonly slot: number;
  readonly collector: SpanCollector;
  readonly mayAccelerate: boolean;
}

function planFeature(formula: WindowFormula, aggregate: Aggregate, place: Place): PlannedFeature {
  const { window, withCurrent, filter } = formula;
  const { needs } = aggregate;
  const { slot, collector, mayAccelerate } = place;
  const rows = selectionOf(formula);
  const median = filter?.kind === 'above_median' ? filter : undefined;
  const needsWindow = rows !== 'known_fraud' || needs.window === true;
  return {
    aggregate: aggregate.name,
    rows,
    evaluate: aggregate.evaluate,
    isComparison: aggregate.isComparison,
    needsEnds: needs.ends === true,
    mayAccelerate,
    slot,
    span: needsWindow ? collector.span(window, needs, rows) : -1,
    fraudSpan: isByLabel(rows) ? collector.fraudSpan(window) : -1,
    medianSpan: median ? collector.span({ lengthMs: median.medianOverMs, delayMs: 0 }, ORDER_ALONE, 'all') : -1,
    isWithinMedian: median !== undefined && window.lengthMs <= median.medianOverMs,
    times: median?.times ?? 0,
    withCurrent,
    capDays: (window.lengthMs + window.delayMs) / DAY_MS,
  };
}

/** True for features that need attributes computed by the customer stage. */
export function readsAttributes({ formula }: FeatureDefinition, aggregates: readonly Aggregate[]): boolean {
  return formula?.kind === 'window' && aggregateByName(formula.aggregate, aggregates)?.needs.attributes === true;
}

/** A read as of the lateness bound must still see its whole window. */
function checkWindow(name: string, { lengthMs, delayMs }: FeatureWindow, longestMs: number): void {
  if (lengthMs > 0 && delayMs >= 0 && lengthMs + delayMs <= longestMs) return;
  throw invalidInput(`feature "${name}" looks back ${lengthMs + delayMs} ms; between 1 and ${longestMs} are held`, {
    code: 'WINDOW_TOO_LONG',
    field: name,
  });
}
