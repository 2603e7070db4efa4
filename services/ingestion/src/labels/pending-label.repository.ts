import type { Label } from '@fraudflow/contracts';

/** Where a label lay in its topic: it is known by that. */
export interface LabelPosition {
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
}

/** A label that begins to wait for its transaction. */
export interface NewPendingLabel extends LabelPosition {
  readonly label: Label;
  /** What came in, without card numbers, for the dead letter. */
  readonly bytes: Buffer;
  /** When the broker took the record, ms. */
  readonly takenAtMs: number;
}

/** A label whose transaction is not known yet. */
export interface PendingLabel extends LabelPosition {
  readonly label: Label;
  readonly takenAtMs: number;
  /** When it began to wait, ms: not when the broker took it, which may be long ago after an outage. */
  readonly waitingSinceMs: number;
}

/** What was decided about labels that were due. */
export interface Settlement {
  /** Wait no longer. */
  readonly done: readonly LabelPosition[];
  /** Are looked up again at these times, ms. */
  readonly later: readonly { readonly position: LabelPosition; readonly lookupAtMs: number }[];
}

/**
 * Keeps labels until their transaction comes. A label is known by where it lay in its topic, so a repeat changes
 * nothing.
 */
export abstract class PendingLabelRepository {
  /** @param nowMs when they begin to wait; they are due at once */
  abstract add(labels: readonly NewPendingLabel[], nowMs: number): Promise<void>;
  /**
   * Hands up to `limit` labels that are due to `settle`, those due longest first, and does what it decides. No other
   * worker gets them meanwhile. If `settle` throws, nothing changes.
   * @returns how many were due, 0 if none
   */
  abstract settleDue(
    limit: number,
    nowMs: number,
    settle: (due: readonly PendingLabel[]) => Promise<Settlement>,
  ): Promise<number>;
  /** The bytes of labels that are still there, in the order asked for. At most 100. */
  abstract bytesOf(positions: readonly LabelPosition[]): Promise<readonly (Buffer | undefined)[]>;
  abstract count(): Promise<number>;
}
