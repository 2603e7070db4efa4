/** Characters of an error's message: as JSON it stays below the 1 KiB that status details may have. */
const MESSAGE_LENGTH = 480;
const NAME_LENGTH = 128;
/** What does not print, but for the end of a line. */
const CONTROLS = /[^\P{Cc}\n]/gu;

/** A message that may repeat a caller's texts, cut to what an error can carry, and without control characters. */
export function shortMessage(message: string): string {
  return shortText(message, MESSAGE_LENGTH);
}

/** A name a caller sent, cut to what an error shows of it. */
export function shortName(name: string): string {
  return shortText(name, NAME_LENGTH);
}

function shortText(text: string, length: number): string {
  const short = text.length <= length ? text : `${text.slice(0, length - 1)}…`;
  return short.replaceAll(CONTROLS, ' ');
}
