/** Writes a progress line of a long run. */
export function printLine(line: string): void {
  process.stderr.write(`${line}\n`);
}
