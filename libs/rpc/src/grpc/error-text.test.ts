import fc from 'fast-check';
import { expect, test } from 'vitest';
import { headerField, MAX_FIELD_LENGTH, MAX_MESSAGE_BYTES, messageText } from './error-text.js';

const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme' }),
  fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 400 }).map((units) => String.fromCharCode(...units)),
  fc.constantFrom('é', '\n', '\ud800', 'x'.repeat(1_000_000), 'é'.repeat(1_000_000), '\u202e'.repeat(500)),
);

test('plain names and messages stay as they are', () => {
  expect(headerField('transaction.amount_minor')).toBe('transaction.amount_minor');
  expect(messageText('10 × 15 values, naïve “quotes”')).toBe('10 × 15 values, naïve “quotes”');
});

test('other characters are escaped', () => {
  expect(headerField('é\n\u{1f600}')).toBe('\\u{e9}\\u{a}\\u{1f600}');
  expect(messageText('a\nb\ud800')).toBe('a\\u{a}b\\u{d800}');
});

test('any text becomes a bounded header value and a bounded message that can be percent-encoded', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      expect(headerField(text)).toMatch(/^[ -~]*$/);
      expect(headerField(text).length).toBeLessThanOrEqual(MAX_FIELD_LENGTH);
      expect(Buffer.byteLength(messageText(text))).toBeLessThanOrEqual(MAX_MESSAGE_BYTES);
      expect(() => encodeURI(messageText(text))).not.toThrow();
    }),
    { seed: 1, numRuns: 500 },
  );
});
