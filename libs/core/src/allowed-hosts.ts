import { isIP } from 'node:net';
import { AppError } from './errors.js';

/** Endings that public DNS never resolves, so a web page cannot use DNS rebinding with such a name. */
const PRIVATE_ENDINGS = ['.localhost', '.local', '.internal', '.svc', '.cluster.local', '.home.arpa'];
const ANY_HOST = '*';

/**
 * Refuses requests whose host name is in public DNS and not allowed. This prevents DNS rebinding: a web page could
 * point its own host name at 127.0.0.1 and then call this server as its own origin. IP addresses, names without a dot
 * and private endings (`.local`, `.internal`, `.svc`) always pass, because a public web page cannot have them.
 * @param host value of the Host header, with or without port; undefined passes
 * @param allowed additional names; `*` allows all
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

/** The host name in lower case, without port, brackets and trailing dot. */
function hostName(host: string): string {
  const bracketed = /^\[([^\]]*)\]/.exec(host);
  const name = bracketed?.[1] ?? host.replace(/:\d*$/, '');
  return name.replace(/\.$/, '').toLowerCase();
}
