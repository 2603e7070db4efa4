export * from './assert.js';
export * from './clock.js';
export * from './duration.js';
export * from './errors.js';
export * from './hash.js';
export * from './transient-table.js';
export * from './money/currencies.js';
export * from './money/minor-units.js';
