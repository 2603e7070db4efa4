export * from './connect-redis.js';
export * from './installation-key.js';
export * from './stage-store.js';
export * from './head-exchange.js';
