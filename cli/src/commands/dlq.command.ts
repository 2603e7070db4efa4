import { invalidInput } from '@fraudflow/core';
import type { EventBus } from '@fraudflow/messaging';
import type { Command } from 'commander';
import { type DeadLetterRecord, parsePlace } from '../dlq/dead-letter.js';
import { countsByCode, letterJson, letterTable, letterText, printable } from '../dlq/describe-letters.js';
import { replayLetters } from '../dlq/replay-letters.js';
import { letterAt, type LetterFilter, LETTER_SOURCES, selectLetters } from '../dlq/select-letters.js';
import type { CliCommand } from '../program/cli-command.js';
import type { CliContext } from '../program/cli-context.js';
import { CommandFailed, EXIT_FAILURE } from '../program/exit-code.js';
import { connect } from '../replay/connect.js';
import { grouped, ProgressLine } from '../replay/progress-line.js';

interface FilterArguments {
  readonly topic?: string;
  readonly code?: string;
  readonly since?: string;
  readonly json?: boolean;
}

interface ListArguments extends FilterArguments {
  readonly limit: string;
}

interface ReplayArguments extends FilterArguments {
  readonly all?: boolean;
  readonly dryRun?: boolean;
}

/** `fraudflow dlq list|show|replay`: lists rejected records with the reason, and sends them again. */
export const dlqCommand: CliCommand = {
  register(program: Command, context: CliContext): void {
    const dlq = program
      .command('dlq')
      .description('dead letters: records that a service refused, with the reason')
      .enablePositionalOptions();
    filtered(dlq.command('list').description('list dead letters, the newest last, and count them by code'))
      .option('--limit <n>', 'maximum number of dead letters to list; all are counted', '50')
      .action((args: ListArguments) => withBus(context, (bus) => list(bus, args, context)));
    dlq
      .command('show')
      .description('show one dead letter with its value')
      .argument('<place>', 'topic:partition:offset, as list prints it')
      .option('--json', 'print it as JSON')
      .action((place: string, args: FilterArguments) => withBus(context, (bus) => show(bus, place, args, context)));
    filtered(dlq.command('replay').description('send dead letters to their source topic again'))
      .argument('[place...]', 'topic:partition:offset each; or choose by --topic, --code, --since, or --all')
      .option('--all', 'every dead letter')
      .option('--dry-run', 'only print how many would be sent')
      .action((places: readonly string[], args: ReplayArguments) =>
        withBus(context, (bus) => replay(bus, places, args, context)),
      );
  },
};

function filtered(command: Command): Command {
  return command
    .option('--topic <name>', `only of this source topic: ${LETTER_SOURCES.join(' or ')}`)
    .option('--code <code>', 'only with this error code, e.g. CURRENCY_RATE_UNKNOWN')
    .option('--since <instant>', 'only written at or after this instant, ISO 8601, e.g. 2026-05-01T00:00:00Z')
    .option('--json', 'print the result as JSON');
}

async function withBus(context: CliContext, act: (bus: EventBus) => Promise<void>): Promise<void> {
  const { bus } = await connect(context);
  try {
    await act(bus);
  } finally {
    await bus.close();
  }
}

async function list(bus: EventBus, args: ListArguments, { out, interrupted }: CliContext): Promise<void> {
  const limit = wholeNumber(args.limit, '--limit');
  const newest: DeadLetterRecord[] = [];
  const counts = new Map<string, number>();
  for await (const letter of selectLetters(bus.admin, filterOf(args))) {
    interrupted.throwIfAborted();
    counts.set(letter.code, (counts.get(letter.code) ?? 0) + 1);
    newest.push(letter);
    if (newest.length > 2 * limit) keepNewest(newest, limit);
  }
  keepNewest(newest, limit);
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  if (args.json)
    return out(JSON.stringify({ total, by_code: Object.fromEntries(counts), letters: newest.map(letterJson) }));
  if (total === 0) return out('no dead letters');
  out(letterTable(newest));
  out('');
  out(countsByCode(counts));
  if (newest.length < total)
    out(`\nlisted the newest ${grouped(newest.length)} of ${grouped(total)}; --limit lists more`);
}

function keepNewest(letters: DeadLetterRecord[], limit: number): void {
  letters.sort((a, b) => a.appendedAtMs - b.appendedAtMs);
  letters.splice(0, Math.max(0, letters.length - limit));
}

async function show(bus: EventBus, place: string, { json }: FilterArguments, { out }: CliContext): Promise<void> {
  const letter = await letterAt(bus.admin, parsePlace(place));
  out(
    json ? JSON.stringify({ ...letterJson(letter), value: printable(letter.raw.value) ?? null }) : letterText(letter),
  );
}

async function replay(
  bus: EventBus,
  places: readonly string[],
  args: ReplayArguments,
  { out, interrupted }: CliContext,
): Promise<void> {
  const hasFilter = args.all === true || [args.topic, args.code, args.since].some((value) => value !== undefined);
  if (places.length === 0 && !hasFilter) {
    throw invalidInput('name the dead letters to send: places, --topic, --code, --since, or --all', {
      field: 'place',
    });
  }
  const letters = places.length > 0 ? lettersAt(bus, places) : selectLetters(bus.admin, filterOf(args));
  const line = new ProgressLine();
  const producer = bus.producer();
  const onSent = (sent: number): void => {
    interrupted.throwIfAborted();
    if (!args.json) line.update(`${grouped(sent)} dead letters`);
  };
  try {
    const { sent, refused } = await replayLetters(letters, producer, bus.admin, {
      isDryRun: args.dryRun === true,
      onSent,
    });
    if (args.json) out(JSON.stringify({ sent, refused, dry_run: args.dryRun === true }));
    else {
      line.finish('');
      for (const { place, reason } of refused) out(`${place} was not sent: ${reason}`);
      out(`${grouped(sent)} dead letters ${args.dryRun ? 'would be sent' : 'sent'} again`);
    }
    if (refused.length > 0) throw new CommandFailed(EXIT_FAILURE);
  } finally {
    await producer.close();
  }
}

async function* lettersAt(bus: EventBus, places: readonly string[]): AsyncGenerator<DeadLetterRecord> {
  for (const place of places.map(parsePlace)) yield await letterAt(bus.admin, place);
}

function filterOf({ topic, code, since }: FilterArguments): LetterFilter {
  const sinceMs = since === undefined ? undefined : Date.parse(since);
  if (sinceMs !== undefined && Number.isNaN(sinceMs)) {
    throw invalidInput(`--since must be an instant such as 2026-05-01T00:00:00Z, not "${since?.slice(0, 40)}"`, {
      field: '--since',
    });
  }
  return { topic, code, sinceMs };
}

function wholeNumber(text: string, field: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= 1_000_000) return value;
  throw invalidInput(`${field} must be a whole number from 1 to 1000000, not "${text.slice(0, 20)}"`, { field });
}
