import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { dirname, join as joinPosix } from 'node:path/posix';
import { ROOT } from './workspace.js';

/** One name in the index of a library, with its declaration. */
export interface ExportedName {
  readonly name: string;
  /** `external`: a namespace, or a name that the exporting file does not declare. */
  readonly kind: 'function' | 'class' | 'type' | 'value' | 'external';
  /** Text of the docstring directly above the declaration, without comment signs; empty if there is none. */
  readonly doc: string;
  /** Text of the declaration without its docstring; empty for `external`. */
  readonly code: string;
}

const EXPORT_LIST = /^export (?:type )?\{([^}]*)\} from '([^']+)';/gm;
const NAMESPACE = /^export \* as (\w+) from /gm;

/** Everything the index of a library re-exports by name; a namespace counts as one name. */
export function exportedNames(directory: string): readonly ExportedName[] {
  const index = `${directory}/src/index.ts`;
  const text = readText(index);
  const named = [...text.matchAll(EXPORT_LIST)].flatMap(([, list = '', specifier = '']) => {
    const file = specifier.startsWith('.') ? joinPosix(dirname(index), specifier.replace(/\.js$/, '.ts')) : undefined;
    return namesIn(list).map((name) => declarationOf(name, file));
  });
  return [...named, ...[...text.matchAll(NAMESPACE)].map(([, name = '']) => declarationIn('', name))];
}

/** Names in an import or export list, each as the exporting module calls it. */
export function namesIn(list: string): readonly string[] {
  return list
    .replaceAll(/\/\/.*$/gm, '')
    .split(',')
    .map((item) => item.replace(/^\s*type\s/, '').split(/\sas\s|:/)[0] as string)
    .map((item) => item.trim())
    .filter(Boolean);
}

/** Text of a file of the repository; empty if there is none. */
export function readText(path: string): string {
  return existsSync(join(ROOT, path)) ? readFileSync(join(ROOT, path), 'utf8') : '';
}

function declarationOf(name: string, path: string | undefined): ExportedName {
  return declarationIn(path === undefined ? '' : readText(path), name);
}

/** A name as a source file declares it; `external` if the file does not declare it. */
export function declarationIn(text: string, name: string): ExportedName {
  const declared = new RegExp(
    String.raw`^export (?:declare )?(?:abstract )?(?:async )?(function\*?|class|interface|type|const|let) ${name}\b`,
    'm',
  ).exec(text);
  if (!declared) return { name, kind: 'external', doc: '', code: '' };
  const keyword = declared[1] as string;
  const code = blockAt(text.slice(declared.index), keyword);
  return { name, kind: kindOf(keyword, code), doc: docAbove(text.slice(0, declared.index)), code };
}

function kindOf(keyword: string, code: string): ExportedName['kind'] {
  if (keyword === 'class') return 'class';
  if (keyword.startsWith('function')) return 'function';
  if (keyword === 'interface' || keyword === 'type') return 'type';
  return /^[^=]*= (?:async )?(?:<[^>]*>)?\(/.test(code) && code.includes('=>') ? 'function' : 'value';
}

/** Text of a top-level declaration, by the layout of the formatter: only its first and last line are not indented. */
function blockAt(text: string, keyword: string): string {
  const lines = text.split('\n');
  const isStatement = keyword === 'const' || keyword === 'let' || keyword === 'type';
  const end = lines.findIndex((line, i) => {
    if (isStatement && line.endsWith(';')) return !/^\s/.test(lines[i + 1] ?? '');
    return /^[^\s].*\}$|^\}/.test(line) || (i === 0 && line.endsWith(';'));
  });
  return lines.slice(0, end + 1).join('\n');
}

function docAbove(text: string): string {
  const above = text.replace(/(?:\n(?:@[^\n]*|\/\/[^\n]*|\}\)))*\n?$/, '').trimEnd();
  const start = above.lastIndexOf('/*');
  if (!above.endsWith('*/') || !above.startsWith('/**', start)) return '';
  return above
    .slice(start + 3, -2)
    .split('\n')
    .map((line) => line.replace(/^\s*\*? ?/, ''))
    .join('\n')
    .trim();
}

const NAMED_IMPORT = /(?:import|export)\s+(?:type\s+)?\{([^}]*)\}\s*from\s*'(@fraudflow\/[^'/]+)'/g;
const DYNAMIC_IMPORT = /\{([^}]*)\}\s*=\s*await import\(\s*'(@fraudflow\/[^'/]+)'\s*\)/g;

/** Names that sources import from workspace packages, as `<package>#<name>`. */
export function importedNames(sources: readonly string[]): ReadonlySet<string> {
  return new Set(
    sources.flatMap((text) =>
      [...text.matchAll(NAMED_IMPORT), ...text.matchAll(DYNAMIC_IMPORT)].flatMap(([, list = '', from = '']) =>
        namesIn(list).map((name) => `${from}#${name}`),
      ),
    ),
  );
}

/** Whether a text names something as code, in backticks. */
export function isNamedIn(text: string, name: string): boolean {
  return new RegExp(`\`[^\`\\n]*\\b${name}\\b[^\`\\n]*\``).test(text);
}

/** Whether a declaration's public part mentions a type. */
export function mentions({ kind, code }: ExportedName, type: string): boolean {
  const isPrivate = /^\s*(?:private |readonly #|#)/;
  const lines = (kind === 'function' ? headOf(code) : code)
    .split('\n')
    .filter((line) => !isPrivate.test(line) && !/^\s*(?:\/?\*|\/\/)/.test(line));
  return new RegExp(String.raw`\b${type}\b`).test(lines.join('\n'));
}

/** Parameters and result of a function, without its body. */
function headOf(code: string): string {
  const lines = code.split('\n');
  const end = lines.findIndex((line) => /^\S.*\{$/.test(line));
  return end < 0 ? code : lines.slice(0, end + 1).join('\n');
}

const NUMERIC = /^(?:readonly )?(?:number\b|ArrayLike<number>|Iterable<number>|Float(?:32|64)Array|U?[Ii]nt\d+Array)/;

/** Parameters of a function that are numbers or arrays of numbers. */
export function numericParameters({ code }: ExportedName): readonly string[] {
  return parametersOf(code)
    .filter(([, type]) => NUMERIC.test(type))
    .map(([name]) => name);
}

function parametersOf(code: string): readonly (readonly [name: string, type: string])[] {
  const list = argumentList(code);
  const parts: string[] = [];
  let depth = 0;
  let from = 0;
  for (let i = 0; i < list.length; i++) {
    const sign = list[i] as string;
    if ('([{<'.includes(sign)) depth++;
    else if (')]}'.includes(sign) || (sign === '>' && list[i - 1] !== '=')) depth--;
    else if (sign === ',' && depth === 0) {
      parts.push(list.slice(from, i));
      from = i + 1;
    }
  }
  return [...parts, list.slice(from)].flatMap((part) => {
    const match = /^\s*(\w+)\??(?:: ([\s\S]+?))?(?: = ([\s\S]+))?\s*$/.exec(part);
    if (!match) return [];
    // Without a type, a default value that is a number or a named constant counts as a number.
    const byDefault = /^-?\d|^[A-Z][A-Z0-9_]+$/.test(match[3] ?? '') ? 'number' : '';
    return [[match[1] as string, match[2] ?? byDefault] as const];
  });
}

/** Text between the parentheses of a function's parameters. */
function argumentList(code: string): string {
  const start = code.indexOf('(', code.startsWith('export const') ? code.indexOf('=') : 0);
  let depth = 0;
  for (let i = start; i < code.length; i++) {
    if (code[i] === '(') depth++;
    if (code[i] === ')' && --depth === 0) return code.slice(start + 1, i);
  }
  return '';
}
