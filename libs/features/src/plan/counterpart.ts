/** Bits of a counterpart byte that are stored with the attributes of a terminal's row. */
export const TERMINAL_COUNTERPART_BITS = 0xf8;
/** Bits of a counterpart byte that are stored with a customer's row. */
export const CUSTOMER_COUNTERPART_BITS = 0xff;

const FIRST = 8;
const VALUES = 248;
const MULTIPLIER = 31;
/** 2^32 divided by the golden ratio, odd. Sequential ids get bytes that are far apart. */
const GOLDEN = 0x9e3779b1;

/**
 * One-byte fingerprint of the id on the other side of a transaction, 8..255, so that the upper five bits alone are
 * never 0. Two ids have the same byte in about 1 of 248 cases, the same upper bits in 1 of 31. This detects most
 * transactions of another terminal under a used transaction id.
 * @param id of the terminal for a customer's row, of the customer for a terminal's row
 * @returns 8 to 255, the same in every process
 */
export function counterpartOf(id: string): number {
  let hash = 0;
  for (let i = 0; i < id.length; i++) hash = (Math.imul(hash, MULTIPLIER) + id.charCodeAt(i)) | 0;
  return FIRST + ((Math.imul(hash, GOLDEN) >>> 16) % VALUES);
}

/** True unless both bytes are known and differ in the given bits. A byte whose given bits are 0 is unknown. */
export function mayBeSameCounterpart(stored: number, given: number, bits: number): boolean {
  return (stored & bits) === 0 || (given & bits) === 0 || ((stored ^ given) & bits) === 0;
}
