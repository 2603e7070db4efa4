export * from './connect-postgres.js';
export * from './copy-rows.js';
export * from './copy-writer.js';
export * from './data-source.js';
export * from './migrate.js';
export * from './transaction.js';
