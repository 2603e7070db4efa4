import { type BusConsumerOptions, FULL_SIZE_PARTITIONS } from '../port/bus.js';

/** A batch larger than its partition's share comes by itself, in a request of its own; with smaller shares that would be most of them. */
const MIN_SHARE_BYTES = 16 * 1024;

type FetchSizes = Pick<BusConsumerOptions, 'maxBytes'> & Required<Pick<BusConsumerOptions, 'maxBytesPerPartition'>>;

/**
 * Bytes that a fetch asks for of one partition: its own limit, or an equal share of `maxBytes`, so that a member with many partitions holds no more
 * at once than one with few. Shares are equal so that each fetch brings something of every partition, which merging by event time waits for.
 * @param partitions assigned to this member
 */
export function bytesPerPartition(
  { maxBytesPerPartition, maxBytes = FULL_SIZE_PARTITIONS * maxBytesPerPartition }: FetchSizes,
  partitions: number,
): number {
  const share = Math.max(MIN_SHARE_BYTES, Math.floor(maxBytes / Math.max(1, partitions)));
  return Math.min(maxBytesPerPartition, share);
}
