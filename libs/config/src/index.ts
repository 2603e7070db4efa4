export * from './common-settings.js';
export * from './describe-config.js';
export * from './load-config.js';
export * from './secret.js';
export * as setting from './setting.js';
