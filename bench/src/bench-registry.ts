import type { Bench } from './contract/bench.js';
import { customerStageBench } from './customer-stage/customer-stage.bench.js';
import { engineBench } from './engine/engine.bench.js';
import { featuresBench } from './features/features.bench.js';
import { pipelineBench } from './pipeline/pipeline.bench.js';
import { recoveryBench } from './recovery/recovery.bench.js';
import { servingBench } from './serving/serving.bench.js';

/** All benches, in the order the help lists them. */
export const BENCHES: readonly Bench[] = [
  pipelineBench,
  engineBench,
  customerStageBench,
  featuresBench,
  servingBench,
  recoveryBench,
];
