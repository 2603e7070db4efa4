import { createHash } from 'node:crypto';
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';

/** The author of a change, for the audit log; `anonymous` without credentials. */
export const Actor = createParamDecorator((_: unknown, context: ExecutionContext): string =>
  actorOf(context.switchToHttp().getRequest<FastifyRequest>().headers.authorization),
);

/**
 * The user of a Basic header. For a bearer token, a digest that identifies the caller and does not reveal the token.
 */
export function actorOf(authorization: string | undefined): string {
  const [scheme = '', credentials = ''] = (authorization ?? '').split(' ', 2);
  if (scheme.toLowerCase() === 'basic') {
    const user = Buffer.from(credentials, 'base64').toString('utf8').split(':', 1)[0] ?? '';
    return user === '' ? 'anonymous' : user.slice(0, 255);
  }
  if (scheme.toLowerCase() === 'bearer' && credentials !== '') {
    return `token-${createHash('sha256').update(credentials).digest('hex').slice(0, 12)}`;
  }
  return 'anonymous';
}
