export { COMMANDS } from './command-registry.js';
export type { CliCommand } from './program/cli-command.js';
export type { CliContext } from './program/cli-context.js';
export { runCli } from './program/run-cli.js';
export { stackSettingsSchema } from './program/stack-settings.js';
