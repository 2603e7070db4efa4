export * from './connect-redis.js';
export * from './stage-store.js';
