export * from './grpc-client.js';
export * from './grpc-server.js';
export * from './grpc-status.js';
export * from './http-app.js';
export * from './http-problem.filter.js';
