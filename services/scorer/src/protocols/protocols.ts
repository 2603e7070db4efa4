import type { GrpcServiceBinding } from '@fraudflow/service';
import type { Type } from '@nestjs/common';
import { SCORING_SERVICE, ScoringController } from './fraudflow/scoring.controller.js';
import { PredictController } from './rest/predict.controller.js';
import { ModelsController } from './tensorflow/models.controller.js';
import { tensorServices, TfServingController } from './tensorflow/tf-serving.controller.js';

/** A protocol over which scores are requested. */
export interface Protocol {
  readonly name: string;
  /** Nest controllers, HTTP and gRPC. */
  readonly controllers: readonly Type[];
  /** gRPC services that the controllers implement. @param maxRows setting: rows of one request */
  readonly services?: (maxRows: number) => readonly GrpcServiceBinding[];
}

/** The protocols that the scorer serves. */
export const PROTOCOLS: readonly Protocol[] = [
  { name: 'fraudflow', controllers: [ScoringController], services: () => [SCORING_SERVICE] },
  { name: 'rest', controllers: [PredictController] },
  { name: 'tensorflow', controllers: [TfServingController, ModelsController], services: tensorServices },
];

/** The parts that protocols add to the application: their controllers and gRPC services. */
export function served(
  protocols: readonly Protocol[],
  maxRows: number,
): { readonly controllers: Type[]; readonly services: readonly GrpcServiceBinding[] } {
  return {
    controllers: protocols.flatMap(({ controllers }) => controllers),
    services: protocols.flatMap(({ services }) => services?.(maxRows) ?? []),
  };
}
