export * from './connect-redis.js';
export * from './installation-key.js';
export * from './stage-store.js';
export * from './head-exchange.js';
export * from './key-reads.js';
export * from './batched-reads.js';
