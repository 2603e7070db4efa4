export type { RequestLimits } from './grpc/bounded-requests.js';
export { callUnary, createGrpcClient, outgoingMetadata, readStream } from './grpc/grpc-client.js';
export { GrpcServer, type GrpcServerOptions, type ListenOptions, type MethodLimits } from './grpc/grpc-server.js';
export { toGrpcError } from './grpc/grpc-status.js';
export { createHttpApp, type HttpAppOptions, listenHttp } from './http/http-app.js';
export { HttpProblemFilter, type Problem, toProblem } from './http/http-problem.filter.js';
export type { JsonLimits } from './http/json-shape.js';
