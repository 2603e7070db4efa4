import { VectorSlab } from '@fraudflow/runtime-tuning';

const VECTORS_PER_BLOCK = 1_024;

/** Slab for the vectors of stored rows, all of this width and initially zero. */
export function rowVectors(width: number): VectorSlab {
  return new VectorSlab(VECTORS_PER_BLOCK * width, 0);
}
