import { expect, test } from 'vitest';
import { ownArtifactPath } from './artifact-uri.js';

test.each([
  ['mlflow-artifacts:/0/run/artifacts/model', '0/run/artifacts/model'],
  ['mlflow-artifacts:///0/run/', '0/run'],
  ['mlflow-artifacts://host:5000/0/run', '0/run'],
  ['mlflow-artifacts:0/run', '0/run'],
  ['mlflow-artifacts:/a b/100%', 'a b/100%'],
  ['mlflow-artifacts:/', undefined],
  ['mlflow-artifacts:/a/../b', undefined],
  ['mlflow-artifacts:/%2e%2e/b', undefined],
  ['s3://bucket/0/run', undefined],
  ['/0/run', undefined],
])('%s has the path %s in the store', (uri, path) => {
  expect(ownArtifactPath(uri)).toBe(path);
});
