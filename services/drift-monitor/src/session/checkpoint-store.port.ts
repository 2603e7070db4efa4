/**
 * Lease of the active instance, and storage of its checkpoint. Requests of a replaced instance are refused.
 */
export abstract class CheckpointStore {
  /**
   * Makes the holder the active instance if no other instance is active.
   * @returns its epoch, which is above all earlier epochs even if the store has lost its data; undefined while another
   * instance is active.
   */
  abstract acquire(holder: string, leaseMs: number): Promise<number | undefined>;

  /** Renews the lease. @returns false if another epoch has begun or the store has lost its data. */
  abstract renew(epoch: number, holder: string, leaseMs: number): Promise<boolean>;

  /** Releases the lease so that another instance can take over immediately. */
  abstract release(epoch: number, holder: string): Promise<void>;

  /** Loads the newest checkpoint of any epoch; undefined if there is none. */
  abstract load(): Promise<Uint8Array | undefined>;

  /** Replaces the checkpoint atomically. @returns false, without a write, in the cases in which {@link renew} does. */
  abstract save(epoch: number, blob: Uint8Array): Promise<boolean>;
}
