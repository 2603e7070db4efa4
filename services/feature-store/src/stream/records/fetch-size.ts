/**
 * Most bytes a fetch takes of one partition: some 200 transactions. What is under way survives the collection of
 * garbage and is copied, so more at once costs more than the larger rounds save, and makes the slowest event wait
 * longer.
 */
export const MAX_BYTES_PER_PARTITION = 192 * 1024;
