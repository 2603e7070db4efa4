/** Longest name of a field in an error, characters. Longer ones are cut and end with `...`. */
export const MAX_FIELD_LENGTH = 128;
/** Longest message of an error, bytes of UTF-8. grpc-java refuses a response with more than 8 KiB of headers. */
export const MAX_MESSAGE_BYTES = 1_024;

const CUT_MARK = '...';
const NOT_PRINTABLE_ASCII = /[^ -~]/gu;
/** Control and format characters, unassigned ones and halves of surrogate pairs. */
const NOT_PRINTABLE = /\p{C}/gu;
const HALF_PAIR_AT_END = /[\ud800-\udbff]$/;

/**
 * The name of a field as a gRPC header value: printable ASCII, other characters as `\u{…}`, at most `MAX_FIELD_LENGTH`
 * characters. Callers choose these names, and grpc-js throws for any other character.
 */
export function headerField(field: string): string {
  return cutField(field, NOT_PRINTABLE_ASCII);
}

/** The name of a field as JSON carries it: characters that cannot be printed as `\u{…}`, at most `MAX_FIELD_LENGTH` characters. */
export function jsonField(field: string): string {
  return cutField(field, NOT_PRINTABLE);
}

/** A message as an error carries it: characters that cannot be printed as `\u{…}`, at most `MAX_MESSAGE_BYTES` bytes. */
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
