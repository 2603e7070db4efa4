import { expect, test } from 'vitest';
import { NumberText, pythonJson } from './python-json.js';

test('JSON is written as Python writes it', () => {
  expect(pythonJson([{ name: 'model', version: 1 }])).toBe('[{"name": "model", "version": 1}]');
  expect(pythonJson({ é: '😀' })).toBe('{"\\u00e9": "\\ud83d\\ude00"}');
  expect(pythonJson(new NumberText('9.0'))).toBe('9.0');
  expect(pythonJson(undefined)).toBe('null');
});
