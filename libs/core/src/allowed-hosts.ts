import { isIP } from 'node:net';
import { AppError } from './errors.js';

/** Endings that public DNS never resolves: a page from the internet cannot bring a browser to use such a name. */
const PRIVATE_ENDINGS = ['.localhost', '.local', '.internal', '.svc', '.cluster.local', '.home.arpa'];
const ANY_HOST = '*';

/**
 * Refuses requests under a name of public DNS that nobody allowed. A page in a browser can point a name of its own at 127.0.0.1
 * (DNS rebinding) and would then read and write here as if it were of the same origin. Addresses, names without a dot and
 * private endings (`.local`, `.internal`, `.svc`) always pass: no such page can have them.
 * @param host of the request's Host header, with or without port
 * @param allowed further names; `*` allows all
 * @throws AppError permission_denied HOST_NOT_ALLOWED.
 */
export function checkHost(host: string | undefined, allowed: readonly string[]): void {
  if (host === undefined || allowed.includes(ANY_HOST)) return;
  const name = hostName(host);
  if (isPrivate(name) || allowed.some((known) => known.toLowerCase() === name)) return;
  throw new AppError(
    'permission_denied',
    `requests under the host name ${name} are not allowed; add it to FRAUDFLOW_ALLOWED_HOSTS`,
    {
      code: 'HOST_NOT_ALLOWED',
      field: 'host',
    },
  );
}

function isPrivate(name: string): boolean {
  return !name.includes('.') || isIP(name) !== 0 || PRIVATE_ENDINGS.some((ending) => name.endsWith(ending));
}

/** Without port, brackets and the dot of the DNS root, in lower case. */
function hostName(host: string): string {
  const bracketed = /^\[([^\]]*)\]/.exec(host);
  const name = bracketed?.[1] ?? host.replace(/:\d*$/, '');
  return name.replace(/\.$/, '').toLowerCase();
}
