import { expect, test } from 'vitest';
import { checkHost } from './allowed-hosts.js';

test.each([
  undefined,
  '127.0.0.1:5000',
  '[::1]:5000',
  '[fe80::1]',
  'localhost',
  'LOCALHOST.:80',
  'registry:5000',
  'registry.prod.svc',
  'registry.prod.svc.cluster.local:5000',
  'mlflow.internal',
  'MLFlow.Example.com:443',
])('the host name %s passes: it is private or allowed', (host) => {
  expect(() => checkHost(host, ['mlflow.example.com'])).not.toThrow();
});

test.each([
  'evil.example.com',
  '127.0.0.1.evil.com',
  'localhost.evil.com:5000',
  'mlflow.example.com.evil.org',
  'a.b',
  'x:1:2.com',
])('the host name %s is refused', (host) => {
  expect(() => checkHost(host, ['mlflow.example.com'])).toThrow(
    expect.objectContaining({ kind: 'permission_denied', code: 'HOST_NOT_ALLOWED' }) as Error,
  );
});

test('an asterisk allows all', () => {
  expect(() => checkHost('anything.example.org', ['*'])).not.toThrow();
});
