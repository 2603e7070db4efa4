export { currencyRates } from './currency-rates.js';
export { addGrpcMethods } from './grpc/grpc-methods.js';
export {
  type GrpcServiceBinding,
  type GrpcStreamContext,
  GrpcTransport,
  type GrpcTransportOptions,
} from './grpc/grpc-transport.js';
export { BackgroundWork, type Worker } from './lifecycle/background-work.js';
export { Resources } from './lifecycle/resources.js';
export { type Injectable, provide, type Token, token } from './provide.js';
export { CLOCK, CONFIG, LOGGER, METRICS, ServiceModule } from './service.module.js';
export { startService, type StartedService, type StartOptions } from './start-service.js';
export { KafkaModule, type KafkaModuleOptions } from './streams/kafka.module.js';
export { StreamHandler } from './streams/stream-handler.js';
export {
  type GroupTuning,
  type StreamReader,
  StreamTransport,
  type StreamTransportOptions,
} from './streams/stream-transport.js';
