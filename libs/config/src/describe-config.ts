import { z } from 'zod';
import { settingMeta, type SettingMeta } from './setting.js';

/**
 * Every setting of a schema, in declaration order.
 * @returns pairs of the path in the nested object, e.g. `kafka.brokers`, and the setting's metadata
 */
export function listSettings(schema: z.ZodObject, path: readonly string[] = []): readonly [string, SettingMeta][] {
  return Object.entries(schema.shape).flatMap(([key, field]): readonly [string, SettingMeta][] => {
    const meta = settingMeta(field as z.ZodType);
    const here = [...path, key];
    if (meta) return [[here.join('.'), meta]];
    return field instanceof z.ZodObject ? listSettings(field, here) : [];
  });
}

/**
 * A Markdown table of a service's settings, for docs/configuration.md.
 * @returns a section with the title as heading of level 2
 */
export function renderSettings(title: string, schema: z.ZodObject): string {
  const rows = listSettings(schema).map(([, meta]) => {
    const unit = meta.unit === undefined ? '' : ` (${meta.unit})`;
    return `| \`${meta.env}\` | ${meta.kind.replaceAll('|', '\\|')}${unit} | \`${meta.shownDefault}\` | ${meta.description} |`;
  });
  return [`## ${title}`, '', '| variable | type | default | meaning |', '|---|---|---|---|', ...rows, ''].join('\n');
}
