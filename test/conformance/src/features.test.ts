import { FEATURE_REPOSITORY, type FeatureDefinition, type FeatureViewDefinition } from '@fraudflow/features';
import { expect, test } from 'vitest';

const DAY_MS = 86_400_000;

function ageOf(ms: number): string {
  return ms === 0 ? 'none' : `${ms / DAY_MS} d`;
}

function windowOf({ window }: FeatureDefinition): string {
  if (window === undefined) return '';
  const { lengthMs, delayMs } = window;
  return delayMs === 0
    ? `(t − ${lengthMs / DAY_MS} d, t]`
    : `(t − ${(lengthMs + delayMs) / DAY_MS} d, t − ${delayMs / DAY_MS} d]`;
}

function servicesOf({ name }: FeatureDefinition): string {
  return FEATURE_REPOSITORY.services
    .filter((service) => service.features.some((feature) => feature.name === name))
    .map((service) => `v${service.version}`)
    .join(', ');
}

function renderView(view: FeatureViewDefinition): string {
  const entities = view.entities.length === 0 ? 'none' : view.entities.map((name) => `\`${name}\``).join(', ');
  const pushed = view.pushSource === undefined ? '' : `, push source \`${view.pushSource}\``;
  return [
    `## View \`${view.name}\``,
    '',
    `${view.description} Kind: ${view.kind}${pushed}. Entities: ${entities}. Age limit: ${ageOf(view.ttlMs)} (\`${view.ttlPolicy}\`).`,
    '',
    '| feature | type | window | services | meaning |',
    '|---|---|---|---|---|',
    ...view.features.map(
      (feature) =>
        `| \`${feature.name}\` | ${feature.dtype} | ${windowOf(feature)} | ${servicesOf(feature)} | ${feature.description} |`,
    ),
    '',
  ].join('\n');
}

test('docs/features.md lists every entity, view, feature and service', async () => {
  const page = [
    '# Features',
    '',
    'Rendered from the definitions of `libs/features` by `test/conformance`; do not edit by hand. A window at event time t covers what the',
    'table says, left end open, right end closed; a label counts at t only if its transaction is at least 7 d older and it was available.',
    '',
    '## Entities',
    '',
    ...FEATURE_REPOSITORY.entities.map(({ name, description }) => `- \`${name}\`: ${description}`),
    '',
    ...FEATURE_REPOSITORY.views.map(renderView),
    '## Services',
    '',
    'The order of a service is the order of its vectors.',
    '',
    ...FEATURE_REPOSITORY.services.map(
      ({ name, version, description, features }) =>
        `- \`${name}\` (v${version}), ${features.length} features. ${description}\n  ${features.map((feature) => `\`${feature.name}\``).join(', ')}`,
    ),
    '',
  ].join('\n');

  await expect(page).toMatchFileSnapshot('../../../docs/features.md');
});
