import { posix } from 'node:path';

// As in MLflow: readable files are plain text, so that no browser executes them.
const PLAIN_TEXT = new Set(
  [
    'txt',
    'log',
    'err',
    'cfg',
    'conf',
    'cnf',
    'cf',
    'ini',
    'properties',
    'prop',
    'hocon',
    'toml',
    'yaml',
    'yml',
    'xml',
    'json',
  ].concat(['js', 'py', 'py3', 'csv', 'tsv', 'md', 'rst', 'lock', 'sh', 'sql', 'mlmodel', 'mlproject']),
);

const OTHERS: Readonly<Record<string, string>> = {
  gif: 'image/gif',
  htm: 'text/html',
  html: 'text/html',
  jpeg: 'image/jpeg',
  jpg: 'image/jpeg',
  pdf: 'application/pdf',
  png: 'image/png',
  svg: 'image/svg+xml',
  webp: 'image/webp',
  zip: 'application/zip',
};

/** The media type of a stored file, derived from its name. */
export function contentTypeOf(path: string): string {
  const name = posix.basename(path).toLowerCase();
  const extension = name.includes('.') ? name.slice(name.lastIndexOf('.') + 1) : name;
  if (PLAIN_TEXT.has(extension)) return 'text/plain';
  return OTHERS[extension] ?? 'application/octet-stream';
}

/** `attachment` with the file name in ASCII and, if ASCII cannot represent it, also in UTF-8 (RFC 6266). */
export function contentDispositionOf(path: string): string {
  const name = posix.basename(path);
  const ascii = name.replace(/[^\x20-\x7e]|["\\]/g, '_');
  const plain = /^[\w.-]+$/.test(ascii) ? ascii : `"${ascii}"`;
  if (ascii === name) return `attachment; filename=${plain}`;
  const encoded = encodeURIComponent(name).replace(/['()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
  return `attachment; filename=${plain}; filename*=UTF-8''${encoded}`;
}
