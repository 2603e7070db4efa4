export { BatchedReads } from './batched-reads.js';
export { connectRedis, openRedis, type RedisOptions } from './connect-redis.js';
export { InstallationKey } from './installation-key.js';
export { type KeyReads, noAnswer, readsOf, REDIS_UNAVAILABLE, type StoredValues } from './key-reads.js';
export { RedisStageStore } from './stage-store.js';
export { RedisWatermarkExchange } from './watermark-exchange.js';
