/**
 * Upper bound of an error message in characters, so that its JSON stays below the 1 KiB limit of gRPC status details.
 */
const MESSAGE_LENGTH = 480;
const NAME_LENGTH = 128;
/** Control characters except the line feed. */
const CONTROLS = /[^\P{Cc}\n]/gu;

/**
 * A message that may contain text of the caller: truncated to `MESSAGE_LENGTH`, control characters replaced by spaces.
 */
export function shortMessage(message: string): string {
  return shortText(message, MESSAGE_LENGTH);
}

/** A name sent by the caller: truncated to `NAME_LENGTH`, control characters replaced by spaces. */
export function shortName(name: string): string {
  return shortText(name, NAME_LENGTH);
}

function shortText(text: string, length: number): string {
  const short = text.length <= length ? text : `${text.slice(0, length - 1)}…`;
  return short.replaceAll(CONTROLS, ' ');
}
