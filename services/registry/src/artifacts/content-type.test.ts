import { expect, test } from 'vitest';
import { contentDispositionOf, contentTypeOf } from './content-type.js';

test.each([
  ['a/MLmodel', 'text/plain'],
  ['a/conda.yaml', 'text/plain'],
  ['a/config.json', 'text/plain'],
  ['plot.PNG', 'image/png'],
  ['page.html', 'text/html'],
  ['model.onnx', 'application/octet-stream'],
  ['noextension', 'application/octet-stream'],
])('%s is %s', (path, type) => {
  expect(contentTypeOf(path)).toBe(type);
});

test('the file name in a download cannot forge a header', () => {
  expect(contentDispositionOf('a/b.txt')).toBe('attachment; filename=b.txt');
  expect(contentDispositionOf('a/b c.txt')).toBe('attachment; filename="b c.txt"');
  expect(contentDispositionOf('ü"\r\n.txt')).toBe(
    `attachment; filename=____.txt; filename*=UTF-8''%C3%BC%22%0D%0A.txt`,
  );
});
