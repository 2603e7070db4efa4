export { readable, type RequestLimits } from './bounded-requests.js';
export * from './grpc-client.js';
export * from './grpc-server.js';
export * from './grpc-status.js';
export * from './http-app.js';
export { acceptJsonOnly, boundConnections, checkHosts, enterTraces, measureRequests } from './http-guards.js';
export * from './json-shape.js';
export * from './http-problem.filter.js';
