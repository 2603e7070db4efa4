import type { Label } from '@fraudflow/contracts';

/** Position of a label in its topic, which identifies it. */
export interface LabelPosition {
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
}

/** A label that is added to the pending labels. */
export interface NewPendingLabel extends LabelPosition {
  readonly label: Label;
  /** The original record without card numbers, for the dead letter. */
  readonly bytes: Buffer;
  /** Time at which the broker received the record, ms. */
  readonly takenAtMs: number;
}

/** A stored label whose transaction is not known yet. */
export interface PendingLabel extends LabelPosition {
  readonly label: Label;
  readonly takenAtMs: number;
  /** Time since which it is pending, ms; the time of the broker may be much earlier after an outage. */
  readonly waitingSinceMs: number;
}

/** The decision about labels that were due. */
export interface Settlement {
  /** Labels that are removed. */
  readonly done: readonly LabelPosition[];
  /** Labels that are looked up again at these times, ms. */
  readonly later: readonly { readonly position: LabelPosition; readonly lookupAtMs: number }[];
}

/**
 * Stores labels until their transaction arrives. The position in the topic identifies a label, so adding it again has
 * no effect.
 */
export abstract class PendingLabelRepository {
  /** Adds labels. @param nowMs the time since which they are pending; they are due immediately */
  abstract add(labels: readonly NewPendingLabel[], nowMs: number): Promise<void>;
  /**
   * Passes up to `limit` due labels to `settle`, the longest due first, and applies its decision. The labels are locked
   * for other workers during the call. If `settle` throws, nothing changes.
   * @returns the number of labels passed
   */
  abstract settleDue(
    limit: number,
    nowMs: number,
    settle: (due: readonly PendingLabel[]) => Promise<Settlement>,
  ): Promise<number>;
  /** The bytes of labels, in the requested order; undefined for a label that was removed. At most 100 positions. */
  abstract bytesOf(positions: readonly LabelPosition[]): Promise<readonly (Buffer | undefined)[]>;
  /** The number of pending labels. */
  abstract count(): Promise<number>;
}
