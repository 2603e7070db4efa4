import { invalidInput } from '@fraudflow/core';
import { ALL_SERVICES } from '@fraudflow/local';

/** Options of `fraudflow up` as Commander hands them over. */
export interface UpOptions {
  readonly ports: 'default' | 'free';
  readonly services: string;
  readonly detach?: boolean;
  readonly json?: boolean;
}

/** @throws AppError invalid_input for a name that is none of the six. */
export function parseServices(text: string): readonly string[] | 'none' {
  if (text === 'none') return 'none';
  if (text === 'all') return ALL_SERVICES;
  const names = text.split(',').map((name) => name.trim());
  const unknown = names.filter((name) => !ALL_SERVICES.includes(name));
  if (unknown.length === 0) return names;
  throw invalidInput(`--services: ${unknown.join(', ')} unknown; there are ${ALL_SERVICES.join(', ')}, all and none`);
}
