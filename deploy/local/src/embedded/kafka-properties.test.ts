import { expect, test } from 'vitest';
import { kafkaProperties } from './kafka-properties.js';

const lines = kafkaProperties({ port: 1_234, controllerPort: 1_235, logDir: String.raw`/data\kafka` }).split('\n');

test('listens on loopback only', () => {
  expect(lines).toContain('listeners=PLAINTEXT://127.0.0.1:1234,CONTROLLER://127.0.0.1:1235');
  expect(lines).toContain('advertised.listeners=PLAINTEXT://127.0.0.1:1234');
});

test('creates no topics automatically, stamps the append time and accepts a message of 5 MB', () => {
  expect(lines).toContain('auto.create.topics.enable=false');
  expect(lines).toContain('log.message.timestamp.type=LogAppendTime');
  expect(lines).toContain('message.max.bytes=6291456');
});

test('logs are flushed every second, not by the kernel half a minute later', () => {
  expect(lines).toContain('log.flush.interval.ms=1000');
  expect(lines).toContain('log.flush.scheduler.interval.ms=1000');
});

test('characters outside ASCII are escaped, since Java reads the file as ISO 8859-1', () => {
  const text = kafkaProperties({ port: 1_234, controllerPort: 1_235, logDir: 'josé/кафка' });

  expect(text).toContain(String.raw`log.dirs=jos\u00e9/\u043a\u0430\u0444\u043a\u0430`);
});

test('a backslash in a path survives the format', () => {
  expect(lines).toContain(String.raw`log.dirs=/data\\kafka`);
});
