import { invalidInput, notFound, unavailable } from '@fraudflow/core';
import type { ReferenceProfileJson } from '@fraudflow/drift';
import { expect, test, vi } from 'vitest';
import { aProfile } from '../../test/monitor-factories.js';
import { RegistryProfileSource } from './adapters/registry-profile-source.js';
import { type ProfileEvents, ProfileLibrary } from './profile-library.js';

const PROFILE = aProfile(500);

function recordedEvents() {
  const reported: string[] = [];
  const events: ProfileEvents = {
    profileLoaded: () => reported.push('loaded'),
    profileAbsent: () => reported.push('absent'),
    profileDelayed: () => reported.push('delayed'),
  };
  return { reported, events };
}

function aLibrary(load: () => Promise<ReferenceProfileJson | undefined>, waitMs = 60_000) {
  const { reported, events } = recordedEvents();
  return { reported, library: new ProfileLibrary({ load }, events, { waitMs, firstBackoffMs: 1, lastBackoffMs: 1 }) };
}

test('a profile is fetched once for all callers', async () => {
  const load = vi.fn(async () => PROFILE);
  const { library } = aLibrary(load);

  const both = await Promise.all([library.obtain('m', '1', () => {}), library.obtain('m', '1', () => {})]);

  expect(both).toEqual([PROFILE, PROFILE]);
  expect(load).toHaveBeenCalledTimes(1);
});

test('an outage is reported once and retried', async () => {
  let failures = 3;
  const { library, reported } = aLibrary(async () => {
    if (failures-- > 0) throw unavailable('no connection');
    return PROFILE;
  });

  expect(await library.obtain('m', '1', () => {})).toBe(PROFILE);
  expect(reported).toEqual(['delayed', 'loaded']);
});

test('a profile that arrives after the wait is passed to the callback', async () => {
  let isUnavailable = true;
  const late = vi.fn();
  const { library } = aLibrary(async () => {
    if (isUnavailable) throw unavailable('no connection');
    return PROFILE;
  }, 1);

  expect(await library.obtain('m', '1', late)).toBeUndefined();
  isUnavailable = false;

  await vi.waitFor(() => expect(late).toHaveBeenCalledWith(PROFILE));
});

test('a malformed profile counts as an absent profile', async () => {
  const { library, reported } = aLibrary(async () => {
    throw invalidInput('malformed');
  });

  expect(await library.obtain('m', '1', () => {})).toBeUndefined();
  expect(reported).toEqual(['absent']);
});

test('the registry source reads the file in the folder of the version, and a missing file is no error', async () => {
  const requestedUris: string[] = [];
  const registry = {
    downloadUri: async (model: string, version: string) => `mlflow-artifacts:/${model}/${version}`,
    getArtifact: async (uri: string) => {
      requestedUris.push(uri);
      if (uri.includes('/2/')) throw notFound('no such file');
      return Buffer.from(JSON.stringify(PROFILE));
    },
  };
  const source = new RegistryProfileSource(registry);

  expect(await source.load('m', '1')).toEqual(PROFILE);
  expect(await source.load('m', '2')).toBeUndefined();
  expect(requestedUris).toEqual([
    'mlflow-artifacts:/m/1/reference-profile.json',
    'mlflow-artifacts:/m/2/reference-profile.json',
  ]);
});
