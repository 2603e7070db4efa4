import { type BusConsumerOptions, FULL_SIZE_PARTITIONS } from '../../port/bus.js';

/** A batch larger than its partition's share needs a separate request; with smaller shares most batches would. */
const MIN_SHARE_BYTES = 16 * 1024;

type FetchSizes = Pick<BusConsumerOptions, 'maxBytes'> & Required<Pick<BusConsumerOptions, 'maxBytesPerPartition'>>;

/**
 * Bytes that a fetch requests for one partition: its own limit or an equal share of `maxBytes`, so that memory use does
 * not grow with the number of partitions. Shares are equal so that each fetch returns records of every partition, which
 * the event-time merge waits for.
 * @param partitions assigned to this member
 */
export function bytesPerPartition(
  { maxBytesPerPartition, maxBytes = FULL_SIZE_PARTITIONS * maxBytesPerPartition }: FetchSizes,
  partitions: number,
): number {
  const share = Math.max(MIN_SHARE_BYTES, Math.floor(maxBytes / Math.max(1, partitions)));
  return Math.min(maxBytesPerPartition, share);
}
