export * from './connect-postgres.js';
export * from './copy-cursor.js';
export * from './copy-rows.js';
export * from './copy-writer.js';
export * from './migrate.js';
export * from './read-copy.js';
export * from './text-pool.js';
export * from './transaction.js';
