import { expect, test } from 'vitest';
import { actorOf } from './actor.decorator.js';

const basic = (credentials: string): string => `Basic ${Buffer.from(credentials).toString('base64')}`;

test('the actor is the user of a Basic header', () => {
  expect(actorOf(basic('ann:secret:with:colons'))).toBe('ann');
});

test('the actor of a bearer token is a digest that does not reveal the token', () => {
  expect(actorOf('Bearer top-secret')).toMatch(/^token-[0-9a-f]{12}$/);
  expect(actorOf('Bearer top-secret')).not.toBe(actorOf('Bearer other'));
});

test.each([undefined, '', 'Digest x', basic(''), basic(':x')])('%j is anonymous', (header) => {
  expect(actorOf(header)).toBe('anonymous');
});
