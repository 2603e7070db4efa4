import type { Bench } from './bench.js';
import { pipelineBench } from './pipeline/pipeline.bench.js';

/** All benches, in the order the help lists them. */
export const BENCHES: readonly Bench[] = [pipelineBench];
