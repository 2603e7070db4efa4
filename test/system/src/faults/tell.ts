/** Writes a line for whoever watches the run. */
export function tell(line: string): void {
  process.stderr.write(`${line}\n`);
}
