import {
  AppError,
  ERROR_CODE_AREAS,
  ERROR_CODE_FAMILIES,
  ERROR_CODES,
  type ErrorCode,
  type ErrorCodeEntries,
  type ErrorCodeEntry,
  type ErrorKind,
} from '@fraudflow/core';
import { silentLogger } from '@fraudflow/observability';
import { toGrpcError, toProblem } from '@fraudflow/rpc';
import { status } from '@grpc/grpc-js';
import { expect, test } from 'vitest';
import { FeastError } from '../../../services/feature-store/src/protocols/feast/errors/feast-error.js';
import { errorReply } from '../../../services/feature-store/src/protocols/feast/http/error-reply.js';
import { invalidRequest } from '../../../services/feature-store/src/values/request-errors.js';
import { toMlflowError } from '../../../services/registry/src/protocols/mlflow/mlflow-error.js';

type StatusOf = (error: AppError) => string;

const grpcStatus: StatusOf = (error) => status[toGrpcError(error).code ?? status.UNKNOWN];
const usual: StatusOf = (error) => `${toProblem(error).status} / ${grpcStatus(error)}`;
const feast: StatusOf = (error) => `${errorReply(feastForm(error), silentLogger).status} / ${grpcStatus(error)}`;
const mlflow: StatusOf = (error) => String(toMlflowError(error).status);

/** How the areas with protocols of their own, or without any, report an error. */
const STATUS_OF_AREA: Readonly<Record<string, StatusOf>> = {
  Features: feast,
  'Feast protocols': feast,
  'Model registry': mlflow,
  'Local stack and command line': () => '–',
};

/** The online server of Feast creates these codes itself; the others it translates. */
function feastForm(error: AppError): AppError {
  if (error.code === 'FEAST_NOT_FOUND') return new FeastError('', '', 'not_found');
  if (error.code === 'FEAST_REFUSED') return new FeastError('', '', 'invalid_input');
  return error.code === 'REQUEST_INVALID' ? invalidRequest([], '') : error;
}

const statusesOf = (code: string, kinds: readonly ErrorKind[], statusOf: StatusOf): string => {
  const statuses = kinds.map((kind) => statusOf(new AppError(kind, '', { code: code as ErrorCode })));
  return [...new Set(statuses)].join(', ') || '–';
};

function renderRow([code, entry]: [string, ErrorCodeEntry], statusOf: StatusOf): string {
  const kinds = entry.kinds.join(', ') || '–';
  return `| \`${code}\` | ${kinds} | ${statusesOf(code, entry.kinds, statusOf)} | ${entry.meaning} | ${entry.operator} |`;
}

function renderTable(codes: ErrorCodeEntries, statusOf: StatusOf): readonly string[] {
  const rows = Object.entries(codes).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return [
    '| code | kind | HTTP / gRPC | meaning | what the operator does |',
    '|---|---|---|---|---|',
    ...rows.map((row) => renderRow(row, statusOf)),
    '',
  ];
}

test('docs/errors.md lists every error code', async () => {
  const page = [
    '# Error codes',
    '',
    'Rendered from `ERROR_CODES` of `libs/core` by `test/conformance`; do not edit by hand. A code is in the field `code` of HTTP problems, in',
    'the metadata `error-code` of gRPC, in the header `dlq-error-code` of dead letters, and in log lines. The kind decides the status; kinds',
    '`unavailable`, `timeout` and `resource_exhausted` may be retried unchanged. The statuses count where the error is returned to a caller.',
    '',
    ...ERROR_CODE_AREAS.flatMap(({ title, codes }) => [
      `## ${title}`,
      '',
      ...renderTable(codes, STATUS_OF_AREA[title] ?? usual),
    ]),
    '## Codes with a variable part',
    '',
    ...renderTable(ERROR_CODE_FAMILIES, usual),
  ].join('\n');

  await expect(page).toMatchFileSnapshot('../../../docs/errors.md');
});

test('no code belongs to two areas', () => {
  const listed = ERROR_CODE_AREAS.flatMap(({ codes }) => Object.keys(codes));

  expect(listed.toSorted()).toEqual(Object.keys(ERROR_CODES).toSorted());
});

test('meaning and action are complete sentences that fit into a table', () => {
  const entries = ERROR_CODE_AREAS.flatMap(({ codes }) => Object.entries(codes));
  const wrong = entries.filter(([, { meaning, operator }]) =>
    [meaning, operator].some((text) => !/^[A-Z].*\.$/.test(text) || /[|\n]/.test(text)),
  );

  expect(wrong.map(([code]) => code)).toEqual([]);
});
