/**
 * Largest fetch of one partition in bytes, about 200 transactions. Records in flight survive young garbage collections
 * and are copied by them, so larger fetches cost more than they save and raise the tail latency.
 */
export const MAX_BYTES_PER_PARTITION = 192 * 1024;
