import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { compare, openAdvisories, type Part, pinnedParts, readSnapshot, renew } from './advisories.js';

const closing: (() => void)[] = [];
afterEach(() => closing.splice(0).forEach((close) => close()));

test('no pinned part has an open advisory that is not accepted with a reason', () => {
  const { advisories, taken_on: takenOn } = readSnapshot();

  const parts = pinnedParts();
  const open = parts.flatMap((part) =>
    openAdvisories(part, advisories)
      .filter(({ accepted }) => accepted === undefined)
      .map(({ id }) => `${part.name} ${part.version}: ${id}`),
  );

  expect(takenOn).toMatch(/^\d{4}-\d{2}-\d{2}$/);
  expect(open).toEqual([]);
});

test('npm packages, jars, embedded servers and Node are all looked at', () => {
  const parts = pinnedParts();
  const names = (ecosystem: Part['ecosystem']) =>
    parts.filter((part) => part.ecosystem === ecosystem).map(({ name }) => name);

  expect(names('npm').length).toBeGreaterThan(250);
  expect(names('Maven')).toEqual(expect.arrayContaining(['kafka-clients', 'lz4-java', 'log4j-core', 'xgboost4j_2.12']));
  expect(new Set(names('server'))).toEqual(new Set(['node', 'redis', 'postgresql']));
});

describe('matching', () => {
  const advisories = readSnapshot().advisories;
  const ids = (name: string, version: string, ecosystem: Part['ecosystem'] = 'npm') =>
    openAdvisories({ ecosystem, name, version }, advisories).map(({ id }) => id);

  test('an affected version is found, a fixed one is not', () => {
    expect(ids('fastify', '5.3.1')).toEqual(['CVE-2025-32442']);
    expect(ids('fastify', '5.3.2')).toEqual([]);
    expect(ids('log4j-core', '2.25.2', 'Maven')).toContain('CVE-2025-68161');
    expect(ids('redis', '6.2.11', 'server')).toContain('CVE-2025-49844');
  });

  test('versions are ordered by number, a pre-release before its release', () => {
    expect(['1.10.0', '1.9.9', '1.10.0-beta.2', '1.10.0-beta.10'].toSorted(compare)).toEqual([
      '1.9.9',
      '1.10.0-beta.2',
      '1.10.0-beta.10',
      '1.10.0',
    ]);
  });
});

test('a renewed snapshot holds what the service knows and keeps reasons and servers', async () => {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      response.setHeader('content-type', 'application/json');
      if (request.url === '/v1/vulns/OSV-1') {
        const events = [{ introduced: '0' }, { fixed: '9.0.0' }];
        const affected = [{ package: { ecosystem: 'npm', name: 'fastify' }, ranges: [{ events }] }];
        return response.end(JSON.stringify({ id: 'OSV-1', summary: 'made up', affected }));
      }
      const { queries } = JSON.parse(Buffer.concat(chunks).toString('utf8')) as {
        queries: { package: { name: string } }[];
      };
      asked.push(...queries.map((query) => query.package.name));
      const results = queries.map((query) => (query.package.name === 'fastify' ? { vulns: [{ id: 'OSV-1' }] } : {}));
      return response.end(JSON.stringify({ results }));
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  closing.push(() => server.close());

  const renewed = await renew(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, '2030-01-02');

  expect(asked).toEqual(expect.arrayContaining(['fastify', 'org.apache.kafka:kafka-clients']));
  expect(renewed.taken_on).toBe('2030-01-02');
  expect(renewed.advisories.find(({ id }) => id === 'OSV-1')).toMatchObject({
    name: 'fastify',
    ranges: [['0', '9.0.0']],
  });
  expect(renewed.advisories.find(({ id }) => id === 'CVE-2025-49844')?.accepted).toContain('loopback');
});
