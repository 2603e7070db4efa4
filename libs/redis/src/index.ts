export * from './connect-redis.js';
export * from './installation-key.js';
export * from './stage-store.js';
export * from './watermark-exchange.js';
export * from './key-reads.js';
export * from './batched-reads.js';
