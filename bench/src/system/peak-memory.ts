/** Largest resident memory of each part over the samples. */
export class PeakMemory {
  private readonly peaksMb = new Map<string, number>();

  sample(memoryMb: Readonly<Record<string, number>>): void {
    for (const [name, mb] of Object.entries(memoryMb)) {
      this.peaksMb.set(name, Math.max(mb, this.peaksMb.get(name) ?? 0));
    }
  }

  /** Whole MiB by part. */
  peaks(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.peaksMb].map(([name, mb]) => [name, Math.round(mb)]));
  }
}
