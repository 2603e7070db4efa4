import { expect, test } from 'vitest';
import { redactUrl } from './secret.js';

test.each([
  ['postgres://u:p@h/db', 'postgres://u:[redacted]@h/db'],
  ['postgres://u:p@ss@h/db', 'postgres://u:[redacted]@h/db'],
  ['postgres://u:p/s@h:5432/db', 'postgres://u:[redacted]@h:5432/db'],
  ['redis://:secret@h:6379', 'redis://:[redacted]@h:6379'],
  ['postgres://u@h:5432/db', 'postgres://u@h:5432/db'],
  ['postgres://h:5432/db', 'postgres://h:5432/db'],
  ['postgres://h/db?password=p&sslmode=require', 'postgres://h/db?password=[redacted]&sslmode=require'],
  ['postgres://u:p@h/db?user=a@b&PASSWORD=x', 'postgres://u:[redacted]@h/db?user=a@b&PASSWORD=[redacted]'],
  ['no url', 'no url'],
])('%s is logged as %s', (url, logged) => {
  expect(redactUrl(url)).toBe(logged);
});
