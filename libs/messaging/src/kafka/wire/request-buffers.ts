import { BufferPool } from '@fraudflow/runtime-tuning';

/** Buffers of produce requests and their record batches, shared by all connections of the process. */
export const requestBuffers = new BufferPool({ pooledFromBytes: 4_096, maxFreeBytes: 8 * 1024 * 1024 });
