import { renderTable } from '../program/table.js';
import type { BenchReport } from '@fraudflow/bench';

/** The report as text: bench, machine, versions and the spread of each figure. */
export function renderReport({ name, machine, commit, runs, figures }: BenchReport): readonly string[] {
  const versions = Object.entries({ node: machine.node, ...machine.versions }).map(
    ([what, version]) => `${what} ${version}`,
  );
  const rows = Object.entries(figures).map(([figure, { min, median, max, unit }]) => {
    return [figure, String(min), String(median), String(max), unit];
  });
  return [
    `bench ${name}, ${runs} runs, commit ${commit}`,
    `${machine.cores} × ${machine.cpu}, ${machine.memory_gib} GiB, ${machine.os}, load before ${machine.load_before}`,
    versions.join(', '),
    '',
    renderTable([['figure', 'min', 'median', 'max', 'unit'], ...rows]),
  ];
}
