/** A number of a request in its original spelling: clients compare messages, in which `9.0` is not `9`. */
export class NumberText {
  constructor(readonly text: string) {}
}

/** JSON as Python's `json.dumps` writes it: a space after `,` and `:`, and only ASCII characters. */
export function pythonJson(value: unknown): string {
  if (value instanceof NumberText) return value.text;
  if (Array.isArray(value)) return `[${value.map(pythonJson).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return ascii(JSON.stringify(value) ?? 'null');
  const fields = Object.entries(value).map(([key, field]) => `${ascii(JSON.stringify(key))}: ${pythonJson(field)}`);
  return `{${fields.join(', ')}}`;
}

function ascii(json: string): string {
  return json.replace(/[^\0-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
