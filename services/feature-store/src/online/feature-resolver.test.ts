import { FEATURE_REPOSITORY, featureServiceByName } from '@fraudflow/features';
import { beforeEach, expect, test } from 'vitest';
import { FeatureResolver } from './feature-resolver.js';

let resolver: FeatureResolver;

beforeEach(() => {
  resolver = new FeatureResolver(FEATURE_REPOSITORY);
});

const namesOf = (references: readonly string[], fullNames = false): readonly string[] =>
  resolver.resolve({ kind: 'references', references }, fullNames).columns.map(({ name }) => name);
const NB = 'customer_id_nb_tx_1day_window';
const RISK = 'terminal_id_risk_1day_window';

test('a service resolves to its features in its own order', () => {
  const { columns, joinKeys, needsTransaction } = resolver.resolve(
    { kind: 'service', name: 'fraud_detection_features' },
    false,
  );

  expect(columns.map(({ name }) => name)).toEqual(
    featureServiceByName('fraud_detection_features').features.map(({ name }) => name),
  );
  expect(joinKeys).toEqual(['customer_id', 'terminal_id']);
  expect(needsTransaction).toBe(true);
});

test('references keep the order of the request, over several views', () => {
  expect(namesOf([`terminal:${RISK}`, `customer:${NB}`, 'customer_profile:credit_limit'])).toEqual([
    RISK,
    NB,
    'credit_limit',
  ]);
});

test('full names include the view', () => {
  expect(namesOf([`customer:${NB}`], true)).toEqual([`customer__${NB}`]);
});

test('the version latest of a view resolves to the view', () => {
  expect(namesOf([`customer@latest:${NB}`])).toEqual([NB]);
});

test('the same selection is resolved once per kind of names', () => {
  const references = [`customer:${NB}`];

  const first = resolver.resolve({ kind: 'references', references }, false);

  expect(resolver.resolve({ kind: 'references', references: [...references] }, false)).toBe(first);
  expect(resolver.resolve({ kind: 'references', references }, true)).not.toBe(first);
});

test.each([
  [['nope:x'], 'not_found', 'FEATURE_VIEW_UNKNOWN'],
  [[`nope@v1:${NB}`], 'not_found', 'FEATURE_VIEW_UNKNOWN'],
  [[`customer@v7:${NB}`], 'not_found', 'FEATURE_VIEW_VERSION_UNKNOWN'],
  [['customer:nope'], 'not_found', 'FEATURE_UNKNOWN'],
  [[`customer:${NB}`, `customer:${NB}`], 'invalid_input', 'FEATURE_NAMES_COLLIDE'],
])('%j is refused as %s %s', (references, kind, code) => {
  expect(() => resolver.resolve({ kind: 'references', references }, false)).toThrow(
    expect.objectContaining({ kind, code }),
  );
});

test('the error for an unknown service names the project', () => {
  expect(() => resolver.resolve({ kind: 'service', name: 'nope' }, false)).toThrow(
    expect.objectContaining({
      code: 'FEATURE_SERVICE_UNKNOWN',
      message: `Feature service nope does not exist in project ${FEATURE_REPOSITORY.project}`,
    }),
  );
});

test.each([[[]], [['no_colon']], [['a:b:c']], [[':x']], [['customer:']]])(
  '%j is not a valid list of references',
  (references) => {
    expect(() => resolver.resolve({ kind: 'references', references }, false)).toThrow(
      expect.objectContaining({ kind: 'invalid_input', code: 'REQUEST_INVALID' }),
    );
  },
);

test('two references never resolve like one that contains a line break', () => {
  const view = 'customer_profile';
  namesOf([`${view}:credit_limit`, `${view}:risk_segment`]);

  expect(() => namesOf([`${view}:credit_limit\n${view}:risk_segment`])).toThrow(/not a feature reference/);
});
