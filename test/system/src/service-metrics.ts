type Labels = Readonly<Record<string, string>>;

/** Reads the metrics of a service and sums the samples with this name and these labels; 0 if there are none. */
export async function metricOf(httpAddress: string, name: string, labels: Labels = {}): Promise<number> {
  const page = await (await fetch(`${httpAddress}/metrics`)).text();
  return page
    .split('\n')
    .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
    .filter((line) => Object.entries(labels).every(([label, value]) => line.includes(`${label}="${value}"`)))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
}
