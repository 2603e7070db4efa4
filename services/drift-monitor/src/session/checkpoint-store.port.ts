/**
 * Says which instance is active, and keeps its checkpoint. Everything is refused to an instance that has been replaced.
 */
export abstract class CheckpointStore {
  /**
   * Makes the holder the active instance if no other one is.
   * @returns its epoch, higher than any before, even if the store has lost its data since; undefined while another
   * instance is active.
   */
  abstract acquire(holder: string, leaseMs: number): Promise<number | undefined>;

  /** Stays active for another lease. @returns false if another epoch has begun, or the store has lost its data. */
  abstract renew(epoch: number, holder: string, leaseMs: number): Promise<boolean>;

  /** Lets others take over at once. */
  abstract release(epoch: number, holder: string): Promise<void>;

  /** The newest checkpoint of any epoch. */
  abstract load(): Promise<Uint8Array | undefined>;

  /** Replaces the checkpoint in one step. @returns false, having written nothing, where {@link renew} is refused. */
  abstract save(epoch: number, blob: Uint8Array): Promise<boolean>;
}
