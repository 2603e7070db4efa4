const UUID_LENGTH = 36;
const HEX_LENGTH = 32;
const HYPHEN = 0x2d;
const HYPHENS = [8, 13, 18, 23];

/** True if text[from, to) is part of a UUID: with hyphens, or as 32 hexadecimal digits of which one is a letter. */
export function isInsideUuid(text: string, from: number, to: number): boolean {
  for (let start = Math.max(0, to - UUID_LENGTH); start <= from; start++) if (isUuidAt(text, start)) return true;
  return isInsideHexWord(text, from, to);
}

function isUuidAt(text: string, start: number): boolean {
  if (HYPHENS.some((place) => text.charCodeAt(start + place) !== HYPHEN)) return false;
  for (let place = 0; place < UUID_LENGTH; place++) {
    if (!HYPHENS.includes(place) && !isHex(text.charCodeAt(start + place))) return false;
  }
  return !isHex(text.charCodeAt(start - 1)) && !isHex(text.charCodeAt(start + UUID_LENGTH));
}

function isInsideHexWord(text: string, from: number, to: number): boolean {
  let start = from;
  while (from - start <= HEX_LENGTH && isHex(text.charCodeAt(start - 1))) start--;
  let end = start;
  let hasLetter = false;
  while (end - start <= HEX_LENGTH && isHex(text.charCodeAt(end)))
    hasLetter = !isDigit(text.charCodeAt(end++)) || hasLetter;
  return end - start === HEX_LENGTH && end >= to && hasLetter;
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

/** False for NaN, which charCodeAt returns beyond either end of the text. */
function isHex(code: number): boolean {
  return isDigit(code) || (code >= 0x41 && code <= 0x46) || (code >= 0x61 && code <= 0x66);
}
