export {
  conversionSettings,
  featureServiceSetting,
  grpcPort,
  httpPort,
  kafkaSettings,
  limitsSettings,
  postgresSettings,
  processSettings,
  redisSettings,
  serviceAddress,
} from './common-settings.js';
export { listSettings, renderSettings } from './describe-config.js';
export { ConfigError, type ConfigProblem, type Environment, loadConfig, processEnvironment } from './load-config.js';
export { redactUrl, Secret } from './secret.js';
export * as setting from './setting.js';
