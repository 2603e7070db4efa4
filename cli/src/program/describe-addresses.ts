import { renderTable } from './table.js';

interface Located {
  readonly name: string;
  readonly address: string;
  readonly ports: Readonly<Record<string, number>>;
}

/** Every part with its address and ports, as a table or as JSON. Contains no secret. */
export function describeAddresses(parts: readonly Located[], asJson: boolean): string {
  if (asJson) return JSON.stringify({ parts: parts.map(({ name, address, ports }) => ({ name, address, ports })) });
  const rows = parts.map(({ name, address, ports }) => [name, address, portList(ports)]);
  return renderTable([['part', 'address', 'ports'], ...rows]);
}

/** `http 8501, grpc 8500`. */
export function portList(ports: Readonly<Record<string, number>>): string {
  return Object.entries(ports)
    .map(([use, port]) => `${use} ${port}`)
    .join(', ');
}
