export { readable, type RequestLimits } from './grpc/bounded-requests.js';
export * from './grpc/grpc-client.js';
export * from './grpc/grpc-server.js';
export * from './grpc/grpc-status.js';
export * from './http/http-app.js';
export { acceptJsonOnly, boundConnections, checkHosts, enterTraces, measureRequests } from './http/http-guards.js';
export * from './http/json-shape.js';
export * from './http/http-problem.filter.js';
