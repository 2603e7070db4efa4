import { z } from 'zod';
import { flightMistake } from './flight-errors.js';

const names = z.array(z.string());
const instant = z.string().nullish();

const historical = z.object({
  api: z.literal('get_historical_features'),
  feature_view_names: names,
  name_aliases: z.array(z.string().nullable()),
  feature_refs: names,
  project: z.string(),
  full_feature_names: z.boolean(),
  start_date: instant,
  end_date: instant,
  entity_df_sql: z.string().nullish(),
});

const pull = {
  data_source_name: z.string(),
  join_key_columns: names,
  feature_name_columns: names,
  timestamp_field: z.string(),
  created_timestamp_column: z.string().nullish(),
  start_date: instant,
  end_date: instant,
};

/** The commands of Feast's remote offline store; unknown fields are ignored. */
const commandSchema = z.discriminatedUnion('api', [
  historical,
  z.object({ api: z.literal('pull_latest_from_table_or_query'), ...pull }),
  z.object({ api: z.literal('pull_all_from_table_or_query'), ...pull }),
  z.object({
    api: z.literal('get_table_column_names_and_types_from_data_source'),
    data_source_proto: z.string(),
  }),
  z.object({ api: z.literal('offline_write_batch'), feature_view_names: names, name_aliases: z.array(z.unknown()) }),
  z.object({ api: z.literal('validate_data_source'), data_source_proto: z.string() }),
]);

export type Command = z.output<typeof commandSchema>;
export type HistoricalCommand = z.output<typeof historical>;
export type PullCommand = Extract<Command, { readonly data_source_name: string }>;

/** SDK calls that are refused, with the alternative. */
const REFUSED: Readonly<Record<string, string>> = {
  persist:
    'the store keeps no saved data sets: call to_df() or to_arrow() and save the result, or use `features dataset`',
  write_logged_features:
    'the store logs every vector when it serves it: read the history with pull_all or get_historical_features',
};

/** Parses a command. @throws AppError invalid_input, a Flight error that names the field or the API
 */
export function parseCommand(text: string): Command {
  const raw = parseJson(text);
  const api = typeof raw === 'object' && raw !== null && 'api' in raw ? raw.api : undefined;
  if (typeof api !== 'string') throw flightMistake('the command names no api', 'api');
  const refusal = REFUSED[api];
  if (refusal !== undefined) throw flightMistake(`${api} is not offered: ${refusal}`, 'api');
  const parsed = commandSchema.safeParse(raw);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const field = issue?.path.join('.') || 'api';
  throw flightMistake(
    field === 'api' ? `unknown api "${api}"` : `${api}: ${field}: ${issue?.message ?? 'wrong'}`,
    field,
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (thrown) {
    throw flightMistake(`the command is not JSON: ${String(thrown)}`, 'cmd');
  }
}
