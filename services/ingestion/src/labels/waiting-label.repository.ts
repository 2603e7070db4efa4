import type { Label } from '@fraudflow/contracts';

/** A label whose transaction is not known yet. */
export interface WaitingLabel {
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
  readonly label: Label;
  /** The very bytes that came in, for the dead letter. */
  readonly bytes: Buffer;
  /** When the broker took the record, ms. */
  readonly takenAtMs: number;
}

/** Keeps labels until their transaction comes. A label is known by where it lay in its topic, so a repeat changes nothing. */
export abstract class WaitingLabelRepository {
  abstract add(labels: readonly WaitingLabel[]): Promise<void>;
  /** The longest-waiting ones first. */
  abstract oldest(limit: number, after?: WaitingLabel): Promise<readonly WaitingLabel[]>;
  abstract remove(labels: readonly WaitingLabel[]): Promise<void>;
  abstract count(): Promise<number>;
}
