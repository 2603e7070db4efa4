import { stackStatus, type PartStatus, type StackStatus } from '@fraudflow/local';
import type { Command } from 'commander';
import type { CliCommand } from '../program/cli-command.js';
import type { CliContext } from '../program/cli-context.js';
import { portList } from '../program/describe-addresses.js';
import { CommandFailed, EXIT_FAILURE } from '../program/exit-code.js';
import { runningStackSettings } from '../program/stack-settings.js';
import { renderTable } from '../program/table.js';

/** `fraudflow status`: every part with process, ports, health, memory and age. Exit code 1 unless all are healthy. */
export const statusCommand: CliCommand = {
  register(program: Command, context: CliContext): void {
    program
      .command('status')
      .description('show the state of all parts; exits with 1 unless everything is up and healthy')
      .option('--json', 'print it as JSON')
      .action(async (options: { readonly json?: boolean }) => {
        const status = await stackStatus(runningStackSettings(context.env).dataDir);
        context.out(options.json ? JSON.stringify(status, undefined, 2) : describe(status));
        if (!status.isStarted || status.parts.some((part) => !part.isHealthy)) throw new CommandFailed(EXIT_FAILURE);
      });
  },
};

function describe(status: StackStatus): string {
  if (!status.isRunning && status.parts.every(({ pid }) => pid === undefined)) return 'nothing is running';
  const header = ['part', 'state', 'ready', 'pid', 'ports', 'memory', 'up', 'restarts'];
  const elsewhere = Object.entries(status.external).map(([name, address]) => `${name} elsewhere: ${address}`);
  const supervisor = status.isRunning
    ? `supervisor ${status.supervisorPid}, up ${status.uptimeSeconds} s`
    : 'the supervisor was killed; ./fraudflow down ends what it left';
  return [supervisor, ...elsewhere, renderTable([header, ...status.parts.map(row)])].join('\n');
}

function row(part: PartStatus): readonly string[] {
  return [
    part.name,
    part.isHealthy || part.pid === undefined ? part.state : `${part.state}, silent`,
    part.isReady ? 'yes' : 'no',
    part.pid === undefined ? '-' : String(part.pid),
    portList(part.ports),
    `${part.memoryMb} MB`,
    `${part.uptimeSeconds} s`,
    String(part.restarts),
  ];
}
