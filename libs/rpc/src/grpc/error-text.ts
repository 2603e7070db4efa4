/** Longest field name in an error, characters. Longer names are truncated and end with `...`. */
export const MAX_FIELD_LENGTH = 128;
/** Longest error message, bytes of UTF-8. grpc-java refuses a response with more than 8 KiB of headers. */
export const MAX_MESSAGE_BYTES = 1_024;

const CUT_MARK = '...';
const NOT_PRINTABLE_ASCII = /[^ -~]/gu;
/** Control, format and unassigned characters, and lone surrogates. */
const NOT_PRINTABLE = /\p{C}/gu;
const HALF_PAIR_AT_END = /[\ud800-\udbff]$/;

/**
 * Encodes a field name as a gRPC header value: printable ASCII, other characters as `\u{…}`, at most
 * `MAX_FIELD_LENGTH` characters. Callers choose these names, and grpc-js throws if a header value has other characters.
 */
export function headerField(field: string): string {
  return cutField(field, NOT_PRINTABLE_ASCII);
}

/** Encodes a field name for JSON: non-printable characters as `\u{…}`, at most `MAX_FIELD_LENGTH` characters. */
export function jsonField(field: string): string {
  return cutField(field, NOT_PRINTABLE);
}

/** Encodes an error message: non-printable characters as `\u{…}`, at most `MAX_MESSAGE_BYTES` bytes. */
export function messageText(message: string): string {
  const escaped = message.slice(0, MAX_MESSAGE_BYTES + 1).replace(NOT_PRINTABLE, escapeCharacter);
  if (Buffer.byteLength(escaped) <= MAX_MESSAGE_BYTES) return escaped;
  const bytes = Buffer.from(escaped).subarray(0, MAX_MESSAGE_BYTES - CUT_MARK.length);
  return new TextDecoder().decode(bytes, { stream: true }) + CUT_MARK;
}

function cutField(field: string, toEscape: RegExp): string {
  const escaped = field.slice(0, MAX_FIELD_LENGTH + 1).replace(toEscape, escapeCharacter);
  if (escaped.length <= MAX_FIELD_LENGTH) return escaped;
  return escaped.slice(0, MAX_FIELD_LENGTH - CUT_MARK.length).replace(HALF_PAIR_AT_END, '') + CUT_MARK;
}

function escapeCharacter(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}
