/**
 * Growth rule of all byte writers, called when a write does not fit: copies the written bytes [start, end) to the front
 * of a new buffer of at least twice the size. The check whether a write fits stays in each writer, because it runs for
 * every value and must be inlined there.
 * @param more bytes that the next write needs after `end`
 * @returns a buffer with undefined content after the copied bytes
 */
export function grownBuffer(buffer: Buffer, start: number, end: number, more: number): Buffer<ArrayBuffer> {
  const larger = Buffer.allocUnsafeSlow(Math.max(2 * buffer.length, end - start + more));
  buffer.copy(larger, 0, start, end);
  return larger;
}
